package sqlite

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A conn is one connection to the database file, used by one worker at a time. It
// speaks the library's own interface, not database/sql's: that one cannot stop a
// query once its first row has come, turns dates into times and cannot tell which
// statements only read.
type conn struct {
	tls     *libc.TLS
	db      uintptr // sqlite3*
	out     uintptr // two pointers that prepare writes to
	pin     runtime.Pinner
	closing *atomic.Bool
	// of the statement that runs, for the callbacks
	stop  func() bool // nil: it does not
	until time.Time   // when to stop waiting for a lock
}

const ptrSize = unsafe.Sizeof(uintptr(0))

// at reads memory that Go does not manage.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// callback gives the library a function declared at package level: what a func
// value points to.
func callback[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// open opens path and lets the callbacks in.
func open(path string, closing *atomic.Bool) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), closing: closing}
	c.pin.Pin(c) // the library holds its address
	c.out = libc.Xmalloc(c.tls, libc.Tsize_t(2*ptrSize))
	name, err := libc.CString(path)
	if err != nil || c.out == 0 {
		c.close()
		return nil, fmt.Errorf("sqlite: %s: out of memory", path)
	}
	defer libc.Xfree(c.tls, name)
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_FULLMUTEX
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags, 0)
	c.db = *at[uintptr](c.out)
	if rc != sqlite3.SQLITE_OK {
		err := fmt.Errorf("sqlite: open %s: %w", path, c.fault(rc))
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	self := uintptr(unsafe.Pointer(c))
	sqlite3.Xsqlite3_progress_handler(c.tls, c.db, 1000, callback(onProgress), self)
	sqlite3.Xsqlite3_busy_handler(c.tls, c.db, callback(onBusy), self)
	return c, nil
}

func (c *conn) close() {
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	}
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
	c.pin.Unpin()
}

// onProgress is called every 1000 instructions; not 0 interrupts the statement.
func onProgress(_ *libc.TLS, self uintptr) int32 {
	if at[conn](self).stopped() {
		return 1
	}
	return 0
}

// onBusy is called when another connection has locked the database; 0 gives up.
func onBusy(_ *libc.TLS, self uintptr, n int32) int32 {
	c := at[conn](self)
	if c.stopped() || !time.Now().Before(c.until) {
		return 0
	}
	time.Sleep(min(time.Duration(n+1), 10) * time.Millisecond) // a worker may
	return 1
}

func (c *conn) stopped() bool { return c.closing.Load() || c.stop != nil && c.stop() }

// errNotReader says that a statement must go to the writer.
var errNotReader = errors.New("sqlite: the statement writes")

// query runs the one statement of j and puts its rows into j.
func (c *conn) query(j *dbwork.Job, reader bool) error {
	zText, err := c.text(j.Text)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, zText)
	stmt, tail, err := c.prepare(zText)
	if err != nil {
		return err
	}
	defer func() { sqlite3.Xsqlite3_finalize(c.tls, stmt) }()
	if stmt == 0 {
		return &Error{Code: sqlite3.SQLITE_ERROR, Message: "no statement"}
	}
	// One query is one statement, so that what is put into its text cannot add another.
	if second, _, err := c.prepare(tail); second != 0 || err != nil {
		sqlite3.Xsqlite3_finalize(c.tls, second)
		return &Error{Code: sqlite3.SQLITE_ERROR, Message: "more than one statement"}
	}
	reads := sqlite3.Xsqlite3_stmt_readonly(c.tls, stmt) != 0
	if reader && !reads {
		return errNotReader
	}
	return c.run(stmt, j, reads)
}

// run binds what j has for stmt and carries it out.
func (c *conn) run(stmt uintptr, j *dbwork.Job, reads bool) error {
	values, err := c.bind(stmt, &j.Args)
	defer libc.Xfree(c.tls, values)
	if err != nil {
		return err
	}
	before := sqlite3.Xsqlite3_total_changes64(c.tls, c.db)
	sqlite3.Xsqlite3_set_last_insert_rowid(c.tls, c.db, 0)
	if err := c.rows(stmt, &j.Result); err != nil {
		return err
	}
	switch {
	case reads:
		j.Affected = int64(j.Rows())
	case sqlite3.Xsqlite3_total_changes64(c.tls, c.db) != before:
		j.Affected = sqlite3.Xsqlite3_changes64(c.tls, c.db)
	}
	j.LastInsert = sqlite3.Xsqlite3_last_insert_rowid(c.tls, c.db)
	return c.noTransaction()
}

// noTransaction ends one that a query has left open: the next query on this
// connection is somebody else's.
func (c *conn) noTransaction() error {
	if sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) != 0 {
		return nil
	}
	c.stop = nil
	if err := c.script([]byte("ROLLBACK")); err != nil {
		return err
	}
	return &Error{Code: sqlite3.SQLITE_MISUSE, Message: "a transaction cannot go on after its query"}
}

// script runs all statements of text; rows are dropped.
func (c *conn) script(text []byte) error {
	zText, err := c.text(text)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, zText)
	for z := zText; *at[byte](z) != 0; {
		var stmt uintptr
		if stmt, z, err = c.prepare(z); err != nil {
			return err
		}
		if stmt != 0 {
			err = c.rows(stmt, nil)
			sqlite3.Xsqlite3_finalize(c.tls, stmt)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text copies b to where the library can read it.
func (c *conn) text(b []byte) (z uintptr, err error) {
	if z = libc.Xmalloc(c.tls, libc.Tsize_t(len(b)+1)); z == 0 {
		return 0, &Error{Code: sqlite3.SQLITE_NOMEM, Message: "out of memory"}
	}
	to := unsafe.Slice(at[byte](z), len(b)+1)
	copy(to, b)
	to[len(b)] = 0
	return z, nil
}

// prepare compiles the statement at z; 0 if there is none. Tail is what follows.
func (c *conn) prepare(z uintptr) (stmt, tail uintptr, err error) {
	if rc := sqlite3.Xsqlite3_prepare_v2(c.tls, c.db, z, -1, c.out, c.out+ptrSize); rc != sqlite3.SQLITE_OK {
		return 0, 0, c.fault(rc)
	}
	return *at[uintptr](c.out), *at[uintptr](c.out + ptrSize), nil
}

// rows carries stmt out; without a res its rows are dropped.
func (c *conn) rows(stmt uintptr, res *dbwork.Result) error {
	if res != nil {
		for i := range sqlite3.Xsqlite3_column_count(c.tls, stmt) {
			res.AddColumn(libc.GoString(sqlite3.Xsqlite3_column_name(c.tls, stmt, i)))
		}
	}
	for {
		switch rc := sqlite3.Xsqlite3_step(c.tls, stmt); rc {
		case sqlite3.SQLITE_ROW:
			if res != nil && !c.row(stmt, res) {
				return dbwork.ErrTooBig
			}
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			return c.fault(rc)
		}
	}
}

// row adds one row; false if there is no room for it.
func (c *conn) row(stmt uintptr, res *dbwork.Result) bool {
	if res.Full() {
		return false
	}
	for i := range int32(res.Cols()) {
		if !c.value(stmt, i, res) {
			return false
		}
	}
	return true
}

// value adds one value. In SQLite a type is a property of the value, not of the column.
func (c *conn) value(stmt uintptr, i int32, res *dbwork.Result) bool {
	switch kind := sqlite3.Xsqlite3_column_type(c.tls, stmt, i); kind {
	case sqlite3.SQLITE_NULL:
		res.AddNull()
		return true
	case sqlite3.SQLITE_INTEGER:
		return res.AddInt(sqlite3.Xsqlite3_column_int64(c.tls, stmt, i))
	case sqlite3.SQLITE_BLOB:
		return res.AddText(c.bytes(stmt, i, sqlite3.Xsqlite3_column_blob(c.tls, stmt, i)), db.TypeBlob)
	case sqlite3.SQLITE_FLOAT:
		return res.AddText(c.bytes(stmt, i, sqlite3.Xsqlite3_column_text(c.tls, stmt, i)), db.TypeFloat)
	default:
		return res.AddText(c.bytes(stmt, i, sqlite3.Xsqlite3_column_text(c.tls, stmt, i)), db.TypeText)
	}
}

// bytes is the value at p; the library's until the next row.
func (c *conn) bytes(stmt uintptr, i int32, p uintptr) []byte {
	n := int(sqlite3.Xsqlite3_column_bytes(c.tls, stmt, i))
	if p == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice(at[byte](p), n)
}

// fault makes the error of a call that ended in rc.
func (c *conn) fault(rc int32) error {
	msg := sqlite3.Xsqlite3_errstr(c.tls, rc)
	if c.db != 0 && sqlite3.Xsqlite3_extended_errcode(c.tls, c.db)&0xff == rc&0xff {
		msg = sqlite3.Xsqlite3_errmsg(c.tls, c.db)
	}
	return &Error{Code: int(rc), Message: libc.GoString(msg)}
}

// An Error is what SQLite says of a statement that failed.
type Error struct {
	Code    int // extended result code, https://www.sqlite.org/rescode.html
	Message string
}

func (e *Error) Error() string { return "sqlite: " + e.Message + " (" + strconv.Itoa(e.Code) + ")" }

// down reports whether the database, not the statement, is to blame.
func (e *Error) down() bool {
	switch e.Code & 0xff {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}
