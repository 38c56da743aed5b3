package mysql

import (
	sqldriver "database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// values are arguments as the driver takes them.
func values(args *db.Args) []sqldriver.NamedValue {
	list := make([]sqldriver.NamedValue, args.Len())
	for i := range list {
		list[i].Ordinal = i + 1
		switch a := args.At(i); a.Kind {
		case db.Int:
			list[i].Value = a.N
		case db.Float:
			list[i].Value = a.F
		case db.Text:
			list[i].Value = string(a.B)
		case db.Blob:
			list[i].Value = append([]byte{}, a.B...) // nil would be NULL
		}
	}
	return list
}

// describe notes the columns, and returns their types.
func describe(rows sqldriver.Rows, res *dbwork.Result) []db.Type {
	named := rows.(sqldriver.RowsColumnTypeDatabaseTypeName)
	var kinds []db.Type
	for i, name := range rows.Columns() {
		res.AddColumn(name)
		kinds = append(kinds, kindOf(named.ColumnTypeDatabaseTypeName(i)))
	}
	return kinds
}

func kindOf(name string) db.Type {
	switch name = strings.TrimPrefix(name, "UNSIGNED "); name {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR":
		return db.TypeInt
	case "DECIMAL", "FLOAT", "DOUBLE":
		return db.TypeFloat
	case "DATE", "DATETIME", "TIME", "TIMESTAMP":
		return db.TypeTime
	case "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "BIT", "GEOMETRY":
		return db.TypeBlob
	}
	return db.TypeText
}

// add takes one row; false if there is no room for it.
func add(res *dbwork.Result, row []sqldriver.Value, kinds []db.Type) bool {
	var buf [32]byte
	for i, v := range row {
		b := buf[:0]
		switch v := v.(type) {
		case nil:
			res.AddNull()
			continue
		case []byte:
			b = v
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case uint64:
			b = strconv.AppendUint(b, v, 10)
		case float32:
			b = appendFloat(b, float64(v), 32)
		case float64:
			b = appendFloat(b, v, 64)
		default:
			b = fmt.Append(b, v)
		}
		if !res.AddText(b, kinds[i]) {
			return false
		}
	}
	return true
}

// appendFloat writes as MySQL does: without an exponent where that can be read.
func appendFloat(b []byte, f float64, bits int) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-14 || abs >= 1e15) {
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(b, f, 'f', -1, bits)
}
