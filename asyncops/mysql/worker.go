package mysql

import (
	"context"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"

	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// worker carries out the Jobs of a DB.
type worker struct{ db *DB }

// Submit gives j to a worker.
func (w worker) Submit(j *dbwork.Job) bool { return w.db.workers.Submit(j.Work(w.db.work)) }

// run is what a worker does with a job. What it has to do for its connection comes
// after the answer.
func (w worker) run(j *dbwork.Job) {
	if j.Stopped() {
		j.Return(dbwork.ErrDeadline)
		return
	}
	c := <-w.db.idle
	defer func() { w.db.idle <- c }()
	after := afterwards(j.Text)
	ctx, release := j.Context(w.db.ctx)
	err := c.carryOut(ctx, j)
	gaveUp, id := ctx.Err() != nil, c.id
	if err == nil || answered(err) {
		w.db.heardNow()
	}
	release()
	j.Return(err)
	switch {
	case c.raw == nil:
	case !c.raw.IsValid():
		c.lose()
		if gaveUp && w.db.ctx.Err() == nil {
			c.kill(id)
		}
	case after == replace:
		c.hangUp()
	case after == rollBack:
		c.rollBack()
	}
}

// rollBack ends a transaction that a procedure may have left open.
func (c *conn) rollBack() {
	ctx, cancel := context.WithTimeout(c.db.ctx, c.db.cfg.ConnectTimeout)
	defer cancel()
	if _, err := c.raw.ExecContext(ctx, "ROLLBACK", nil); err != nil {
		c.lose()
	}
}

// answered reports whether err is the server's.
func answered(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e)
}

// Errors by which a server says that it takes no work: too many connections, a
// shutdown, a host that is blocked, a user with too many connections.
var noWork = map[uint16]bool{1040: true, 1053: true, 1129: true, 1203: true}

// Down reports whether the server is to blame for err, with which j has ended. A
// deadline that passes tells against it only if it has answered nobody meanwhile.
func (w worker) Down(j *dbwork.Job, err error) bool {
	var refused *driver.MySQLError
	var own *dbwork.Error
	switch {
	case dbwork.WasNotSent(err):
		return !errors.Is(err, context.Canceled) || w.silentSince(j)
	case errors.As(err, &refused):
		return noWork[refused.Number]
	case errors.As(err, &own):
		return false
	case errors.Is(err, context.Canceled):
		return w.silentSince(j)
	}
	return true
}

func (w worker) silentSince(j *dbwork.Job) bool { return w.db.heard.Load() < j.Begun.UnixNano() }

// Explain gives MySQL's number and text, or an SQLSTATE.
func (w worker) Explain(err error) (state, message string) {
	var refused *driver.MySQLError
	var own *dbwork.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Sprint(refused.Number), refused.Message
	case errors.As(err, &own):
		return own.State, own.Message
	case dbwork.WasNotSent(err):
		return "08001", "no connection to MySQL: " + err.Error()
	}
	return "08006", "connection to MySQL lost: " + err.Error()
}
