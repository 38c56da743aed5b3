package sqlite

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fastsips/fastsips/asyncops/db"
)

// bind gives stmt its arguments. Memory holds the bytes of their texts until stmt has
// been carried out; then it is to be freed.
func (c *conn) bind(stmt uintptr, args *db.Args) (memory uintptr, err error) {
	if want := int(sqlite3.Xsqlite3_bind_parameter_count(c.tls, stmt)); want != args.Len() {
		return 0, &Error{Code: sqlite3.SQLITE_RANGE, Message: fmt.Sprintf("the statement has %d placeholders, and %d values are bound", want, args.Len())}
	}
	if args.Len() == 0 {
		return 0, nil
	}
	if memory = libc.Xmalloc(c.tls, libc.Tsize_t(args.Bytes()+1)); memory == 0 {
		return 0, &Error{Code: sqlite3.SQLITE_NOMEM, Message: "out of memory"}
	}
	free := memory
	for i := range args.Len() {
		a := args.At(i)
		copy(unsafe.Slice(at[byte](free), len(a.B)), a.B)
		if rc := c.bindOne(stmt, int32(i+1), a, free); rc != sqlite3.SQLITE_OK {
			return memory, c.fault(rc)
		}
		free += uintptr(len(a.B))
	}
	return memory, nil
}

// bindOne binds a, whose bytes are at z and stay there: SQLITE_STATIC, which is 0.
func (c *conn) bindOne(stmt uintptr, i int32, a db.Arg, z uintptr) int32 {
	switch a.Kind {
	case db.Int:
		return sqlite3.Xsqlite3_bind_int64(c.tls, stmt, i, a.N)
	case db.Float:
		return sqlite3.Xsqlite3_bind_double(c.tls, stmt, i, a.F)
	case db.Text:
		return sqlite3.Xsqlite3_bind_text(c.tls, stmt, i, z, int32(len(a.B)), 0)
	case db.Blob:
		return sqlite3.Xsqlite3_bind_blob(c.tls, stmt, i, z, int32(len(a.B)), 0)
	}
	return sqlite3.Xsqlite3_bind_null(c.tls, stmt, i)
}
