package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// The interfaces of database/sql/driver that go-sql-driver implements. We do without
// database/sql, whose pool and conversions are in the way.
type (
	connector = sqldriver.Connector
	rawConn   interface {
		sqldriver.Conn
		sqldriver.QueryerContext
		sqldriver.ExecerContext
		sqldriver.ConnPrepareContext
		sqldriver.SessionResetter
		sqldriver.Validator
	}
	statement interface {
		sqldriver.Stmt
		sqldriver.StmtQueryContext
		sqldriver.StmtExecContext
	}
)

// A conn is one connection, or none yet. It is one worker's at a time.
type conn struct {
	db         *DB
	raw        rawConn // nil: not connected
	id         string  // the server's number of it
	statements asyncops.Recent[statement]
}

// ready connects if need be. A connection that the server has closed meanwhile is
// noticed, so that no query is lost on it.
func (c *conn) ready(ctx context.Context) error {
	if c.raw != nil && c.raw.IsValid() && c.raw.ResetSession(ctx) == nil {
		return nil
	}
	c.lose()
	ctx, cancel := context.WithTimeout(ctx, c.db.cfg.ConnectTimeout)
	defer cancel()
	err := c.connect(ctx)
	if err != nil {
		c.hangUp()
		c.db.counts.connectFailures.Add(1)
	}
	return err
}

func (c *conn) connect(ctx context.Context) error {
	raw, err := c.db.conn.Connect(ctx)
	if err != nil {
		return err
	}
	c.raw = raw.(rawConn)
	c.db.counts.connects.Add(1)
	c.db.counts.open.Add(1)
	rows, err := c.raw.QueryContext(ctx, "SELECT CONNECTION_ID()", nil)
	if err != nil {
		return err
	}
	id := make([]sqldriver.Value, 1)
	err = errors.Join(rows.Next(id), rows.Close())
	c.id = fmt.Sprint(id[0])
	c.db.heardNow()
	return err
}

// lose gives a connection up that is no more of use.
func (c *conn) lose() {
	if c.raw != nil {
		c.db.counts.lost.Add(1)
	}
	c.hangUp()
}

func (c *conn) hangUp() {
	if c.raw != nil {
		_ = c.raw.Close() // whatever comes of saying good-bye
		c.db.counts.open.Add(-1)
	}
	c.raw, c.id = nil, ""
	c.statements.Clear()
}

// carryOut runs j. The connection may be broken afterwards.
func (c *conn) carryOut(ctx context.Context, j *dbwork.Job) error {
	if err := c.ready(ctx); err != nil {
		return dbwork.NotSent(err)
	}
	err := c.query(ctx, j)
	if errors.Is(err, sqldriver.ErrBadConn) { // the driver's word that nothing was sent
		c.lose()
		return dbwork.NotSent(driver.ErrInvalidConn)
	}
	return err
}

func (c *conn) query(ctx context.Context, j *dbwork.Job) error {
	if j.Args.Len() > 0 {
		return c.bound(ctx, j)
	}
	text := string(j.Text)
	if hasRows(j.Text) {
		rows, err := c.raw.QueryContext(ctx, text, nil)
		return c.read(rows, err, j)
	}
	res, err := c.raw.ExecContext(ctx, text, nil)
	return done(res, err, j)
}

// bound runs j as a prepared statement. One that has lost its meaning at the server
// is prepared again.
func (c *conn) bound(ctx context.Context, j *dbwork.Job) error {
	st := c.statements.Get(j.Text)
	if st != nil {
		c.db.counts.prepared.Add(1)
		err := c.execute(ctx, *st, j)
		if !stale(err) {
			return err
		}
		c.statements.Drop(string(j.Text), st)
		j.Clear()
	}
	prepared, err := c.raw.PrepareContext(ctx, string(j.Text))
	if err != nil {
		return err
	}
	fresh := prepared.(statement)
	if out := c.statements.Put(j.Text, &fresh, c.db.cfg.Statements); out != nil {
		_ = (*out).Close() // a lost connection shows with the next use
	}
	return c.execute(ctx, fresh, j)
}

func (c *conn) execute(ctx context.Context, st statement, j *dbwork.Job) error {
	if want := st.NumInput(); want != j.Args.Len() {
		return &dbwork.Error{State: "07001", Message: fmt.Sprintf("the statement has %d placeholders, and %d values are bound", want, j.Args.Len())}
	}
	if hasRows(j.Text) {
		rows, err := st.QueryContext(ctx, values(&j.Args))
		return c.read(rows, err, j)
	}
	res, err := st.ExecContext(ctx, values(&j.Args))
	return done(res, err, j)
}

// stale reports whether a statement failed for being prepared long ago: "Unknown
// prepared statement handler", "Prepared statement needs to be re-prepared".
func stale(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && (e.Number == 1243 || e.Number == 1615)
}

// done takes what a statement without rows has done.
func done(res sqldriver.Result, err error, j *dbwork.Job) error {
	if err != nil {
		return err
	}
	var err2 error
	j.Affected, err = res.RowsAffected()
	j.LastInsert, err2 = res.LastInsertId()
	return errors.Join(err, err2)
}

// read takes the rows. Those of a result that is too big stay where they are: the
// connection is given up.
func (c *conn) read(rows sqldriver.Rows, err error, j *dbwork.Job) error {
	if err != nil {
		return err
	}
	kinds := describe(rows, &j.Result)
	row := make([]sqldriver.Value, len(kinds))
	for len(row) > 0 {
		if err = rows.Next(row); err != nil {
			break
		}
		if j.Full() || !add(&j.Result, row, kinds) {
			err = dbwork.ErrTooBig
			c.lose()
			break
		}
	}
	j.Affected = int64(j.Rows())
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, c.end(rows))
}

// end closes rows, of which a lost connection has no more.
func (c *conn) end(rows sqldriver.Rows) error {
	if err := rows.Close(); c.raw != nil {
		return err
	}
	return nil
}

// kill has the server stop what a lost connection was at. The new connection
// stays.
func (c *conn) kill(id string) {
	ctx, cancel := context.WithTimeout(c.db.ctx, c.db.cfg.ConnectTimeout)
	defer cancel()
	if _, err := strconv.ParseUint(id, 10, 64); err != nil || c.ready(ctx) != nil {
		return
	}
	if _, err := c.raw.ExecContext(ctx, "KILL "+id, nil); err == nil {
		c.db.counts.killed.Add(1)
	} // else it was at its end already
}

func (d *DB) heardNow() { d.heard.Store(time.Now().UnixNano()) }
