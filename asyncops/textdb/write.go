package textdb

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// write puts the table in the place of its file. Whoever reads the file sees the old one
// or the new one.
func (t *table) write() error {
	f, err := os.CreateTemp(filepath.Dir(t.path), "."+filepath.Base(t.path)+"-")
	if err != nil {
		return err
	}
	if err = t.writeTo(f); err == nil {
		err = os.Rename(f.Name(), t.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	t.dirty = false
	if info, err := os.Stat(t.path); err == nil {
		t.mtime, t.size = info.ModTime(), info.Size()
	}
	return nil
}

func (t *table) writeTo(f *os.File) error {
	_, err := f.Write(t.bytes())
	if info, e := os.Stat(t.path); e == nil && err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// bytes is the file of the table.
func (t *table) bytes() []byte {
	var b bytes.Buffer
	for i, c := range t.columns {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c.name + "(" + c.word)
		if c.null {
			b.WriteString(",null")
		} else if i == t.auto {
			b.WriteString(",auto")
		}
		b.WriteByte(')')
	}
	b.WriteByte('\n')
	for _, row := range t.rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(':')
			}
			b.WriteString(escaper.Replace(t.columns[i].text(v)))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

var escaper = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, `\`, `\\`, ":", `\:`, "\x00", `\0`)

// text writes a value; NULL is nothing.
func (c *column) text(v value) string {
	switch {
	case v.null:
		return ""
	case c.kind == integer:
		return strconv.FormatInt(v.n, 10)
	case c.kind == float:
		return strconv.FormatFloat(v.f, 'f', -1, 64)
	}
	return v.s
}
