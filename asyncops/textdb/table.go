package textdb

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A table is a file of rows: the columns in the first line, "id(int,auto) name(str)
// note(str,null)", then a line for each row, its fields with colons between.
type table struct {
	path    string
	columns []column
	rows    [][]value
	auto    int // the column that counts by itself; -1: none
	last    int64
	dirty   bool
	mtime   time.Time
	size    int64
}

type column struct {
	name string
	kind kind
	word string // of the type, as it was written
	null bool
}

// A kind is the type of a column.
type kind uint8

const (
	text kind = iota
	integer
	float
	blob
)

// kinds are the types by their first letters, which alone count.
var kinds = map[byte]kind{'s': text, 'i': integer, 'l': integer, 't': integer, 'd': float, 'b': blob}

// A value is a field of a row.
type value struct {
	null bool
	n    int64
	f    float64
	s    string
}

// readTable reads a file of at most max bytes.
func readTable(path string, max int64) (*table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > max || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no file, or has more than %d bytes", path, max)
	}
	b, err := io.ReadAll(io.LimitReader(f, max))
	if err != nil {
		return nil, err
	}
	t := &table{path: path, auto: -1, mtime: info.ModTime(), size: info.Size()}
	return t, t.parse(b)
}

// changedOnDisk reports whether somebody else has written the file since.
func (t *table) changedOnDisk() bool {
	info, err := os.Stat(t.path)
	return err == nil && (!info.ModTime().Equal(t.mtime) || info.Size() != t.size)
}

func (t *table) parse(b []byte) error {
	head, rest, _ := bytes.Cut(b, []byte("\n"))
	if err := t.header(string(bytes.TrimSuffix(head, []byte("\r")))); err != nil {
		return fmt.Errorf("%s:1: %w", t.path, err)
	}
	for line := 2; len(rest) > 0; line++ {
		var row []byte
		if row, rest, _ = bytes.Cut(rest, []byte("\n")); len(bytes.TrimSuffix(row, []byte("\r"))) == 0 {
			continue
		}
		if err := t.addLine(string(bytes.TrimSuffix(row, []byte("\r")))); err != nil {
			return fmt.Errorf("%s:%d: %w", t.path, line, err)
		}
	}
	return nil
}

// header reads "name(type[,attribute]) ...".
func (t *table) header(line string) error {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		name, rest, ok := strings.Cut(line, "(")
		decl, after, closed := strings.Cut(rest, ")")
		name = strings.TrimSpace(name)
		if !ok || !closed || name == "" || strings.ContainsAny(name, " \t") {
			return fmt.Errorf("a column is name(type) or name(type,null), not %q", line[:min(len(line), 40)])
		}
		if err := t.addColumn(name, decl); err != nil {
			return err
		}
		line = after
	}
	if len(t.columns) == 0 {
		return fmt.Errorf("the first line has no columns")
	}
	return nil
}

func (t *table) addColumn(name, decl string) error {
	word, attr, _ := strings.Cut(decl, ",")
	word, attr = strings.TrimSpace(word), strings.ToLower(strings.TrimSpace(attr))
	c := column{name: name, word: word}
	known := false
	if word != "" {
		c.kind, known = kinds[word[0]|0x20]
	}
	switch {
	case !known:
		return fmt.Errorf("column %s: unknown type %q; there are int, long, double, str, string, blob and time", name, word)
	case t.column(name) >= 0:
		return fmt.Errorf("there are two columns %s", name)
	case strings.HasPrefix(attr, "n"):
		c.null = true
	case strings.HasPrefix(attr, "a") && c.kind == integer && t.auto < 0:
		t.auto = len(t.columns)
	case attr != "":
		return fmt.Errorf("column %s: there are the attributes null and, for one integer, auto, not %q", name, attr)
	}
	t.columns = append(t.columns, c)
	return nil
}

// column returns the number of a column, -1 if there is none of that name.
func (t *table) column(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// addLine reads a row.
func (t *table) addLine(line string) error {
	var row []value
	for more := true; more; {
		if len(row) == len(t.columns) {
			return fmt.Errorf("there are more than %d fields", len(t.columns))
		}
		var field string
		var err error
		if field, line, more, err = cutField(line); err != nil {
			return err
		}
		v, err := t.columns[len(row)].read(field)
		if err != nil {
			return err
		}
		row = append(row, v)
	}
	if len(row) < len(t.columns) {
		return fmt.Errorf("there are %d fields, not %d", len(row), len(t.columns))
	}
	if t.auto >= 0 {
		t.last = max(t.last, row[t.auto].n)
	}
	t.rows = append(t.rows, row)
	return nil
}

// unescaped are the characters behind a backslash.
var unescaped = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '\\': '\\', ':': ':', '0': 0}

// cutField takes off the first field.
func cutField(line string) (field, rest string, more bool, err error) {
	end := strings.IndexAny(line, `:\`)
	switch {
	case end < 0:
		return line, "", false, nil
	case line[end] == ':':
		return line[:end], line[end+1:], true, nil
	}
	var b []byte
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ':':
			return string(b), line[i+1:], true, nil
		case '\\':
			i++
			if i == len(line) {
				return "", "", false, fmt.Errorf("a backslash ends the line")
			}
			to, ok := unescaped[line[i]]
			if !ok {
				return "", "", false, fmt.Errorf("unknown escape %q", line[i-1:i+1])
			}
			b = append(b, to)
		default:
			b = append(b, line[i])
		}
	}
	return string(b), "", false, nil
}

// read makes a value of a field; an empty one is NULL, or a text of no length where NULL
// may not be.
func (c *column) read(field string) (v value, err error) {
	if field == "" {
		if !c.null && (c.kind == text || c.kind == blob) {
			return v, nil
		}
		if !c.null {
			return v, fmt.Errorf("column %s is empty, and has no attribute null", c.name)
		}
		return value{null: true}, nil
	}
	switch c.kind {
	case integer:
		v.n, err = strconv.ParseInt(field, 10, 64)
	case float:
		v.f, err = strconv.ParseFloat(field, 64)
	default:
		v.s = field
	}
	if err != nil {
		return v, fmt.Errorf("column %s: %q is no number", c.name, field)
	}
	return v, nil
}
