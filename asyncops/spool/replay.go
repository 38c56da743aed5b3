package spool

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
)

// read appends up to n rows from next on, and goes on behind them. Damaged is how many
// files had something in them that is no row: what follows in such a file is left out, for
// a crash cuts off only the end.
func (j *journal) read(rows []row, n int) (out []row, damaged int) {
	for len(rows) < n {
		r, ok := j.readRow()
		if ok {
			rows = append(rows, r)
			continue
		}
		more, torn := j.nextFile()
		damaged += torn
		if !more {
			break
		}
	}
	return rows, damaged
}

// readRow reads the row at next.
func (j *journal) readRow() (r row, ok bool) {
	if j.in == nil {
		f, err := os.Open(j.path(j.next.file))
		if err != nil {
			return r, false
		}
		j.in = f
	}
	var head [frameHeader]byte
	if _, err := j.in.ReadAt(head[:], j.next.at); err != nil {
		return r, false
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxRow {
		return r, false
	}
	b := make([]byte, n)
	if _, err := j.in.ReadAt(b, j.next.at+frameHeader); err != nil && err != io.EOF || crc32.Checksum(b, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return r, false
	}
	j.next.at += frameHeader + int64(n)
	return row{data: b, end: j.next, kept: true}, true
}

// nextFile goes on to the next file; torn is 1 if the one before was not read to its end.
func (j *journal) nextFile() (more bool, torn int) {
	for i, s := range j.list {
		if s.number != j.next.file {
			continue
		}
		if i == len(j.list)-1 {
			return false, 0
		}
		if j.next.at < s.size {
			torn = 1
		}
		if j.in != nil {
			j.in.Close()
			j.in = nil
		}
		j.next = position{file: j.list[i+1].number}
		return true, torn
	}
	return false, 0
}

// behind makes the row after p the one that is read next.
func (j *journal) behind(p position) {
	if j.in != nil && j.next.file != p.file {
		j.in.Close()
		j.in = nil
	}
	j.next = p
}
