// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var background = context.Background()

const taskColumns = `select id, residence_id, title, description, status, priority, due_date, created_at from task_task `

const upsertReading = `insert into bench_reading (id, value, note) values ($1, $2, $3)
on conflict (id) do update set value = excluded.value, note = excluded.note`

func openPgx(connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(conninfo())
	if err != nil {
		return nil, err
	}
	config.MaxConns = connections
	config.MinConns = connections
	return pgxpool.NewWithConfig(background, config)
}

func tasksIn(rows pgx.Rows, into *answer) error {
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByName[Task])
	for _, task := range tasks {
		into.add(task.ID)
	}
	return err
}

// The first column is an id.
func idsIn(rows pgx.Rows, into *answer) error {
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		into.add(values[0].(int64))
	}
	return rows.Err()
}

type batched struct {
	batch pgx.Batch
	sum   answer
}

func (b *batched) tasks(text string, values ...any) {
	b.batch.Queue(taskColumns+text, values...).Query(func(rows pgx.Rows) error { return tasksIn(rows, &b.sum) })
}

func (b *batched) ids(text string, values ...any) {
	b.batch.Queue(text, values...).Query(func(rows pgx.Rows) error { return idsIn(rows, &b.sum) })
}

// One flight, when its statements have been prepared.
func (b *batched) send(db *pgxpool.Pool) (answer, error) {
	err := db.SendBatch(background, &b.batch).Close()
	return b.sum, err
}

func childrenByPgx(db *pgxpool.Pool) (answer, error) {
	var group batched
	group.ids("select id, name from residence_residence where id <= $1 order by id", 20)
	group.tasks("where residence_id in (select id from residence_residence where id <= $1) order by residence_id, id", 20)
	return group.send(db)
}

func upsertByPgx(db *pgxpool.Pool, count int64) (answer, error) {
	var group batched
	for id := int64(1); id <= count; id++ {
		group.batch.Queue(upsertReading, id, id*7, "measured again")
	}
	_, err := group.send(db)
	return answer{rows: count}, err
}

func pageByPgx(db *pgxpool.Pool) (answer, error) {
	var group batched
	group.tasks("where residence_id <= $1 and id > $2 order by id limit 40", 100, 1000)
	group.ids("select count(*) from task_task where residence_id <= $1", 100)
	return group.send(db)
}

func dashboardByPgx(db *pgxpool.Pool) (answer, error) {
	var group batched
	group.ids("select id, user_id, time_zone from user_userprofile where user_id = $1", 1)
	group.tasks("where residence_id in (select id from residence_residence where owner_id = $1) order by due_date nulls last, id limit 50", 1)
	group.ids("select id, title from documents_document where residence_id in (select id from residence_residence where owner_id = $1) order by id", 1)
	return group.send(db)
}

func requestByPgx(db *pgxpool.Pool) (answer, error) {
	var group batched
	group.ids("select u.id, u.username from auth_user u join authtoken_token t on t.user_id = u.id where t.key = $1 and u.is_active", demoToken)
	group.tasks(`where residence_id in (select id from residence_residence where owner_id in
(select user_id from authtoken_token where key = $1) union
select residence_id from residence_residence_users where user_id in
(select user_id from authtoken_token where key = $1))
order by due_date nulls last, id limit 50`, demoToken)
	return group.send(db)
}

func transactionByPgx(db *pgxpool.Pool) (answer, error) {
	var group batched
	group.ids("insert into task_taskcompletion (task_id, notes) values ($1, $2) returning id", 2, "As always")
	group.batch.Queue("update task_task set updated_at = $1 where id = $2", time.Now(), 2)
	_, err := group.send(db)
	return answer{rows: 2}, err
}

func insertByPgx(db *pgxpool.Pool) (answer, error) {
	var id int64
	var created time.Time
	err := db.QueryRow(background, `insert into notification_notification (user_id, kind, title, body)
values ($1, 'system', $2, $3) returning id, created_at`, 1, "Due", "Tomorrow").Scan(&id, &created)
	return answer{rows: 1}, err
}

func warmUpPgx() (answer, error) {
	db, err := openPgx(warmUpConnections)
	if err != nil {
		return answer{}, err
	}
	defer db.Close()
	var all sync.WaitGroup
	connections := make([]*pgxpool.Conn, warmUpConnections)
	faults := make([]error, warmUpConnections)
	for at := range connections {
		all.Add(1)
		go func(at int) {
			defer all.Done()
			connections[at], faults[at] = db.Acquire(background)
		}(at)
	}
	all.Wait()
	for at, connection := range connections {
		if faults[at] != nil {
			return answer{}, faults[at]
		}
		connection.Release()
	}
	return answer{rows: warmUpConnections}, nil
}

func byPgx() (string, operations, error) {
	db, err := openPgx(1)
	if err != nil {
		return "", nil, err
	}
	if err := db.Ping(background); err != nil {
		return "", nil, err
	}
	return versions("github.com/jackc/pgx/v5"), operations{
		"one_task": func() (answer, error) {
			var sum answer
			rows, _ := db.Query(background, taskColumns+"where id = $1", 1)
			err := tasksIn(rows, &sum)
			return sum, err
		},
		"insert":       func() (answer, error) { return insertByPgx(db) },
		"transaction":  func() (answer, error) { return transactionByPgx(db) },
		"children":     func() (answer, error) { return childrenByPgx(db) },
		"upsert_1":     func() (answer, error) { return upsertByPgx(db, 1) },
		"upsert_100":   func() (answer, error) { return upsertByPgx(db, 100) },
		"upsert_10000": func() (answer, error) { return upsertByPgx(db, 10000) },
		"page":         func() (answer, error) { return pageByPgx(db) },
		"dashboard":    func() (answer, error) { return dashboardByPgx(db) },
		"request":      func() (answer, error) { return requestByPgx(db) },
		"warm_up":      warmUpPgx,
	}, nil
}
