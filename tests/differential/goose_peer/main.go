// SPDX-License-Identifier: MIT

// A process that is goose v3.22.1, for the tests that compare with it: it parses a text or runs a
// command on a database, one request after the other, and answers what goose said.
//
//	parse up|down SIZE\n<text>        ->  ok true|false COUNT\n, then SIZE\n<statement> for each
//	                                      error SIZE\n<words>
//	run SIZE\n<words, each ended by NUL>  ->  done EXIT SIZE\n<log>
//
// The words: folder, connection text, table, options (letters m and n), command, its arguments.
package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	_ "unsafe" // for go:linkname

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:linkname parseSQLMigration github.com/pressly/goose/v3/internal/sqlparser.ParseSQLMigration
func parseSQLMigration(r io.Reader, direction string, debug bool) ([]string, bool, error)

func must(err error) {
	if err != nil {
		log.Fatal("goose_peer: ", err)
	}
}

func take(in *bufio.Reader, size int) []byte {
	text := make([]byte, size)
	_, err := io.ReadFull(in, text)
	must(err)
	return text
}

func parse(out io.Writer, direction string, text []byte) {
	statements, useTx, err := parseSQLMigration(bytes.NewReader(text), direction, false)
	if err != nil {
		fmt.Fprintf(out, "error %d\n%s", len(err.Error()), err.Error())
		return
	}
	fmt.Fprintf(out, "ok %v %d\n", useTx, len(statements))
	for _, one := range statements {
		fmt.Fprintf(out, "%d\n%s", len(one), one)
	}
}

// As the program goose does with its arguments, once it knows the driver.
func run(words []string) (code int, told string) {
	var text bytes.Buffer
	logger := log.New(&text, "", 0)
	defer func() {
		if why := recover(); why != nil {
			logger.Printf("panic: %v", why)
			code, told = 2, text.String()
		}
	}()
	goose.SetLogger(logger)
	goose.SetTableName(words[2])
	db, err := sql.Open("pgx", words[1])
	must(err)
	defer db.Close()
	var options []goose.OptionsFunc
	if strings.Contains(words[3], "m") {
		options = append(options, goose.WithAllowMissing())
	}
	if strings.Contains(words[3], "n") {
		options = append(options, goose.WithNoVersioning())
	}
	err = goose.RunWithOptionsContext(context.Background(), words[4], db, words[0], words[5:],
		options...)
	if err != nil {
		logger.Printf("goose run: %v", err)
		return 1, text.String()
	}
	return 0, text.String()
}

func main() {
	must(goose.SetDialect("postgres"))
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		must(err)
		var size int
		if request := strings.Fields(line); request[0] == "parse" {
			_, err = fmt.Sscan(request[2], &size)
			must(err)
			parse(out, request[1], take(in, size))
		} else {
			_, err = fmt.Sscan(request[1], &size)
			must(err)
			words := strings.Split(string(take(in, size)), "\x00")
			code, told := run(words[:len(words)-1])
			fmt.Fprintf(out, "done %d %d\n%s", code, len(told), told)
		}
		must(out.Flush())
	}
}
