package cachedb_local

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/fastsips/fastsips/cachedb/memory"
	"github.com/fastsips/fastsips/loop"
)

// The file of restart persistency: its first line, then a record for each key (what
// collection it is of, the key and its value, each with its length in front, and when its
// time is over in nanoseconds of Unix time, 0 for never), and the CRC-32 of it all. It is
// written beside its place and renamed, so that there is always a whole one.
const fileMagic = "fastsips cachedb_local 1\n"

// save writes all keys. Not on a loop.
func (m *Module) save() (err error) {
	f, err := os.OpenFile(m.file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		err = errors.Join(m.write(f), f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(m.file+".new", m.file)
	}
	if err != nil {
		return fmt.Errorf("cachedb_local: the keys are not kept: %w", err)
	}
	return nil
}

func (m *Module) write(to io.Writer) error {
	sum := crc32.NewIEEE()
	w := bufio.NewWriter(io.MultiWriter(to, sum))
	w.WriteString(fileMagic)
	now, wall := m.group.Now(), time.Now().UnixNano()
	var b []byte
	for _, col := range m.collections {
		for at := (memory.Cursor{}); !at.Over(); {
			at = col.table.Scan(now, at, chunkLeaves, func(i memory.Item) {
				b = appendRecord(b[:0], col.name, i, wall-now)
				w.Write(b)
			})
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := to.Write(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// appendRecord moves the end of a key's time from the loops' clock to the wall's.
func appendRecord(b []byte, collection string, i memory.Item, wall int64) []byte {
	expires := int64(0)
	if i.Expires != 0 {
		expires = i.Expires + wall
	}
	b = appendText(b, []byte(collection))
	b = appendText(appendText(b, i.Key), i.Value)
	return binary.AppendVarint(b, expires)
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// restore reads the keys, before the loops start. A file that cannot be used is left
// behind and logged.
func (m *Module) restore() {
	text, err := readFile(m.file, int64(m.limit)<<20)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return
	case err == nil:
		err = m.read(text)
	}
	if err != nil {
		m.group.Logger().Error("cachedb_local: "+m.file+" is not used", "error", err)
	}
}

// readFile refuses a file that cannot be of keys in so much memory.
func readFile(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit+1<<20 || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it has %d bytes, more than max_memory", info.Size())
	}
	return os.ReadFile(name)
}

var errBroken = errors.New("it is broken")

func (m *Module) read(text []byte) error {
	n := len(text) - crc32.Size
	if n < len(fileMagic) || !bytes.HasPrefix(text, []byte(fileMagic)) {
		return errors.New("it is not of this version")
	}
	if crc32.ChecksumIEEE(text[:n]) != binary.BigEndian.Uint32(text[n:]) {
		return errBroken
	}
	r := reader{b: text[len(fileMagic):n]}
	now, wall := m.group.Now(), time.Now().UnixNano()
	left := 0
	for len(r.b) > 0 {
		col, key, value, expires := r.text(), r.text(), r.text(), r.number()
		if r.broken {
			return errBroken
		}
		if !m.keep(string(col), key, value, expires, now, now-wall) {
			left++
		}
	}
	if left > 0 {
		m.group.Logger().Warn("cachedb_local: keys of the file have no collection or no room any more", "keys", left)
	}
	return nil
}

// keep stores a key of the file; false: there is nowhere to.
func (m *Module) keep(name string, key, value []byte, expires, now, loops int64) bool {
	col := m.collection(name)
	if col == nil {
		return false
	}
	if expires != 0 {
		if expires += loops; expires <= now {
			return true
		}
		m.group.Do(0, func(l *loop.Loop) { col.expiring(l) })
	}
	return col.table.Store(now, key, value, expires) == memory.OK
}

// A reader takes records apart.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) text() []byte {
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > uint64(len(r.b)-used) {
		r.broken = true
		return nil
	}
	text := r.b[used : used+int(n)]
	r.b = r.b[used+int(n):]
	return text
}

func (r *reader) number() int64 {
	n, used := binary.Varint(r.b)
	if used <= 0 {
		r.broken = true
		return 0
	}
	r.b = r.b[used:]
	return n
}
