// SPDX-License-Identifier: MIT

// The operations by GORM over pgx, and by pgx alone with Batch. The protocol is that of
// benchmarks/peers/peer.hpp: gorm_pgx gorm|gorm_tuned|pgx.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const warmUpConnections = 20

const demoToken = "92b595766c69fe2e49154f0ef2226405b82823d9"

// Answers of different peers to the same operation must be equal.
type answer struct {
	rows int64
	sum  int64
}

func (a *answer) add(id int64) {
	a.rows++
	a.sum += id
}

type operations map[string]func() (answer, error)

// How pgx reaches the database.
func conninfo() string {
	var text strings.Builder
	for _, pair := range [][2]string{
		{"host", "DB_HOST"}, {"port", "DB_PORT"}, {"user", "POSTGRES_USER"},
		{"password", "POSTGRES_PASSWORD"}, {"dbname", "POSTGRES_DB"},
		{"sslmode", "DB_SSLMODE"}, {"sslrootcert", "DB_SSLROOTCERT"},
	} {
		if value := os.Getenv(pair[1]); value != "" {
			fmt.Fprintf(&text, "%s='%s' ", pair[0], value)
		}
	}
	return strings.TrimSpace(text.String())
}

func versions(of ...string) string {
	parts := []string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			for _, wanted := range of {
				if module.Path == wanted {
					parts = append(parts, wanted+" "+module.Version)
				}
			}
		}
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}

func perform(name string, operation func() (answer, error)) string {
	begin := time.Now()
	got, err := operation()
	took := float64(time.Since(begin).Nanoseconds()) / 1000
	if err != nil {
		return "failed " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return fmt.Sprintf("done %d %d %.1f", got.rows, got.sum, took)
}

func main() {
	ways := map[string]func() (string, operations, error){
		"gorm":       func() (string, operations, error) { return byGorm(false) },
		"gorm_tuned": func() (string, operations, error) { return byGorm(true) },
		"pgx":        byPgx,
	}
	if len(os.Args) != 2 || ways[os.Args[1]] == nil {
		fmt.Println("absent usage: gorm_pgx gorm|gorm_tuned|pgx")
		os.Exit(1)
	}
	said, all, err := ways[os.Args[1]]()
	if err != nil {
		fmt.Println("absent", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
	fmt.Println("ready", said)
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		if operation, known := all[questions.Text()]; known {
			fmt.Println(perform(questions.Text(), operation))
		} else {
			fmt.Println("never it has no such operation")
		}
	}
}
