// SPDX-License-Identifier: MIT

package main

import (
	"database/sql"
	"sync"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

type Task struct {
	ID          int64
	ResidenceID int64
	Title       string
	Description *string
	Status      string
	Priority    string
	DueDate     *time.Time
	CreatedAt   time.Time
}

func (Task) TableName() string { return "task_task" }

type Residence struct {
	ID    int64
	Name  string
	Tasks []Task
}

func (Residence) TableName() string { return "residence_residence" }

type ResidenceUser struct {
	ID          int64
	ResidenceID int64
	UserID      int64
}

func (ResidenceUser) TableName() string { return "residence_residence_users" }

type Notification struct {
	ID        int64
	UserID    int64
	Kind      string
	Title     string
	Body      string
	CreatedAt time.Time `gorm:"default:now()"`
}

func (Notification) TableName() string { return "notification_notification" }

type Completion struct {
	ID     int64
	TaskID int64
	Notes  string
}

func (Completion) TableName() string { return "task_taskcompletion" }

type Reading struct {
	ID    int64
	Value int64
	Note  string
}

func (Reading) TableName() string { return "bench_reading" }

type Profile struct {
	ID       int64
	UserID   int64
	TimeZone string
}

func (Profile) TableName() string { return "user_userprofile" }

type Document struct {
	ID          int64
	ResidenceID int64
	Title       string
}

func (Document) TableName() string { return "documents_document" }

type Token struct {
	Key    string `gorm:"primaryKey"`
	UserID int64
}

func (Token) TableName() string { return "authtoken_token" }

type User struct {
	ID       int64
	Username string
	IsActive bool
}

func (User) TableName() string { return "auth_user" }

// What its Performance page advises: no transaction around a single write, statements prepared,
// columns by name.
func openGorm(tuned bool, connections int) (*gorm.DB, *sql.DB, error) {
	db, err := gorm.Open(postgres.Open(conninfo()), &gorm.Config{
		Logger:                 logger.Default.LogMode(logger.Silent),
		SkipDefaultTransaction: tuned,
		PrepareStmt:            tuned,
		QueryFields:            tuned,
	})
	if err != nil {
		return nil, nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, pool, nil
}

func sumOf(tasks []Task) answer {
	var sum answer
	for _, task := range tasks {
		sum.add(task.ID)
	}
	return sum
}

func children(db *gorm.DB) (answer, error) {
	var homes []Residence
	err := db.Preload("Tasks").Where("id <= ?", 20).Order("id").Find(&homes).Error
	var sum answer
	for _, home := range homes {
		sum.add(home.ID)
		for _, task := range home.Tasks {
			sum.add(task.ID)
		}
	}
	return sum, err
}

func upsert(db *gorm.DB, count int64) (answer, error) {
	all := make([]Reading, 0, count)
	for id := int64(1); id <= count; id++ {
		all = append(all, Reading{ID: id, Value: id * 7, Note: "measured again"})
	}
	err := db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "note"}),
	}).CreateInBatches(all, 1000).Error
	return answer{rows: count}, err
}

func page(db *gorm.DB) (answer, error) {
	var tasks []Task
	var total int64
	listed := func() *gorm.DB { return db.Model(&Task{}).Where("residence_id <= ?", 100) }
	if err := listed().Count(&total).Error; err != nil {
		return answer{}, err
	}
	err := listed().Where("id > ?", 1000).Order("id").Limit(40).Find(&tasks).Error
	sum := sumOf(tasks)
	sum.add(total)
	return sum, err
}

func dashboard(db *gorm.DB) (answer, error) {
	var profile Profile
	if err := db.Where("user_id = ?", 1).Take(&profile).Error; err != nil {
		return answer{}, err
	}
	owned := db.Model(&Residence{}).Select("id").Where("owner_id = ?", 1)
	var tasks []Task
	if err := db.Where("residence_id IN (?)", owned).Order("due_date NULLS LAST, id").Limit(50).
		Find(&tasks).Error; err != nil {
		return answer{}, err
	}
	var documents []Document
	err := db.Where("residence_id IN (?)", owned).Order("id").Find(&documents).Error
	sum := sumOf(tasks)
	sum.add(profile.ID)
	for _, document := range documents {
		sum.add(document.ID)
	}
	return sum, err
}

func request(db *gorm.DB) (answer, error) {
	var token Token
	if err := db.Where("key = ?", demoToken).Take(&token).Error; err != nil {
		return answer{}, err
	}
	var user User
	if err := db.Where("is_active").Take(&user, token.UserID).Error; err != nil {
		return answer{}, err
	}
	var homes []int64
	if err := db.Raw("SELECT id FROM residence_residence WHERE owner_id = ? UNION "+
		"SELECT residence_id FROM residence_residence_users WHERE user_id = ?",
		user.ID, user.ID).Scan(&homes).Error; err != nil {
		return answer{}, err
	}
	var tasks []Task
	err := db.Where("residence_id IN ?", homes).Order("due_date NULLS LAST, id").Limit(50).
		Find(&tasks).Error
	sum := sumOf(tasks)
	sum.add(user.ID)
	return sum, err
}

// As the service being replaced does at its start: all at once, each held until all are there.
func warmUpGorm(tuned bool) (answer, error) {
	_, pool, err := openGorm(tuned, warmUpConnections)
	if err != nil {
		return answer{}, err
	}
	defer pool.Close()
	return dialAll(pool)
}

func byGorm(tuned bool) (string, operations, error) {
	db, _, err := openGorm(tuned, 1)
	if err != nil {
		return "", nil, err
	}
	return versions("gorm.io/gorm", "gorm.io/driver/postgres", "github.com/jackc/pgx/v5"), operations{
		"one_task": func() (answer, error) {
			var task Task
			err := db.Take(&task, 1).Error
			return answer{1, task.ID}, err
		},
		"insert": func() (answer, error) {
			made := Notification{UserID: 1, Kind: "system", Title: "Due", Body: "Tomorrow"}
			return answer{rows: 1}, db.Clauses(clause.Returning{}).Create(&made).Error
		},
		"transaction": func() (answer, error) {
			return answer{rows: 2}, db.Transaction(func(tx *gorm.DB) error {
				if err := tx.Create(&Completion{TaskID: 2, Notes: "As always"}).Error; err != nil {
					return err
				}
				return tx.Model(&Task{ID: 2}).Update("updated_at", time.Now()).Error
			})
		},
		"children":     func() (answer, error) { return children(db) },
		"upsert_1":     func() (answer, error) { return upsert(db, 1) },
		"upsert_100":   func() (answer, error) { return upsert(db, 100) },
		"upsert_10000": func() (answer, error) { return upsert(db, 10000) },
		"page":         func() (answer, error) { return page(db) },
		"dashboard":    func() (answer, error) { return dashboard(db) },
		"request":      func() (answer, error) { return request(db) },
		"warm_up":      func() (answer, error) { return warmUpGorm(tuned) },
	}, nil
}

func dialAll(pool *sql.DB) (answer, error) {
	var all sync.WaitGroup
	connections := make([]*sql.Conn, warmUpConnections)
	faults := make([]error, warmUpConnections)
	for at := range connections {
		all.Add(1)
		go func(at int) {
			defer all.Done()
			connections[at], faults[at] = pool.Conn(background)
		}(at)
	}
	all.Wait()
	for at, connection := range connections {
		if faults[at] != nil {
			return answer{}, faults[at]
		}
		connection.Close()
	}
	return answer{rows: warmUpConnections}, nil
}
