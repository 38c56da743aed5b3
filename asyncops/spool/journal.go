package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A journal is a folder with the rows that are not in the database yet: files that are only
// appended to, numbered upwards, and one that says how far the database has got. A file is
// deleted once all of it is done. Each row stands behind its length and a checksum: what a
// crash has cut off is seen and left out.
type journal struct {
	dir   string
	limit int64
	sync  Sync
	lock  *os.File
	note  *os.File // "progress"

	list    []segment // oldest first; the last is written
	size    int64     // of all of them
	out     *os.File
	dirty   bool      // written since a sync last began
	clean   time.Time // when that was
	syncing bool
	synced  chan error // what came of it

	in     *os.File // of next, if it is open
	next   position // of the row that is read next
	frames []byte
}

// A segment is one file.
type segment struct {
	number uint64
	size   int64
}

// A position is where a row ends, or the next one begins.
type position struct {
	file uint64
	at   int64
}

const (
	frameHeader = 8       // length, CRC-32C
	maxRow      = 1 << 20 // bytes
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errFull    = errors.New("the journal has reached its limit")
	errInUse   = errors.New("another process uses the folder")
)

// openJournal reads what is there. Known says that it is known how far the database has
// got; if not, next is the beginning of all.
func openJournal(dir string, limit int64, sync Sync) (j *journal, known bool, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, false, err
	}
	j = &journal{dir: dir, limit: limit, sync: sync, synced: make(chan error, 1)}
	if j.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o640); err != nil {
		return nil, false, err
	}
	if unix.Flock(int(j.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		j.lock.Close()
		return nil, false, fmt.Errorf("%s: %w", dir, errInUse)
	}
	if j.note, err = os.OpenFile(filepath.Join(dir, "progress"), os.O_CREATE|os.O_RDWR, 0o640); err == nil {
		err = j.find()
	}
	if err != nil {
		j.lock.Close()
		return nil, false, err
	}
	done, known := j.progress()
	j.forget(done.file)
	if len(j.list) > 0 {
		j.next = position{file: j.list[0].number}
		if known && done.file == j.next.file {
			j.next = done
		}
	}
	return j, known, j.roll()
}

// find lists the files.
func (j *journal) find() error {
	entries, err := os.ReadDir(j.dir)
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), ".rows")
		n, numErr := strconv.ParseUint(name, 10, 64)
		info, infoErr := e.Info()
		if !is || numErr != nil || infoErr != nil {
			continue
		}
		j.list = append(j.list, segment{n, info.Size()})
		j.size += info.Size()
	}
	slices.SortFunc(j.list, func(a, b segment) int { return int(int64(a.number - b.number)) })
	return err
}

func (j *journal) path(number uint64) string {
	return filepath.Join(j.dir, fmt.Sprintf("%010d.rows", number))
}

// roll begins a new file.
func (j *journal) roll() error {
	number := uint64(1)
	if n := len(j.list); n > 0 {
		number = j.list[n-1].number + 1
	} else if j.next.file > 0 {
		number = j.next.file + 1
	}
	f, err := os.OpenFile(j.path(number), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	if old := j.out; old != nil {
		go func() { // it may take long
			if j.sync != SyncNever {
				_ = old.Sync()
			}
			old.Close()
		}()
	}
	j.out = f
	j.list = append(j.list, segment{number: number})
	if j.next.file == 0 {
		j.next.file = number
	}
	return nil
}

// rollAt is the size at which another file is begun.
func (j *journal) rollAt() int64 { return min(max(j.limit/8, 64<<10), 16<<20) }

// append writes rows behind each other and notes where each ends: all of them or none.
func (j *journal) append(rows []row) error {
	j.frames = j.frames[:0]
	last := &j.list[len(j.list)-1]
	if last.size >= j.rollAt() {
		if err := j.roll(); err != nil {
			return err
		}
		last = &j.list[len(j.list)-1]
	}
	for i := range rows {
		b := rows[i].data
		j.frames = binary.LittleEndian.AppendUint32(j.frames, uint32(len(b)))
		j.frames = binary.LittleEndian.AppendUint32(j.frames, crc32.Checksum(b, castagnoli))
		j.frames = append(j.frames, b...)
		rows[i].end = position{last.number, last.size + int64(len(j.frames))}
	}
	if j.size+int64(len(j.frames)) > j.limit {
		return errFull
	}
	if _, err := j.out.Write(j.frames); err != nil {
		return errors.Join(err, j.cutBack(last.size))
	}
	last.size += int64(len(j.frames))
	j.size += int64(len(j.frames))
	j.dirty = true
	if cap(j.frames) > 1<<20 {
		j.frames = nil
	}
	return nil
}

// cutBack takes off what a write that failed has left. Where that fails too another file is
// begun: nothing may stand behind a row that is cut off.
func (j *journal) cutBack(size int64) error {
	if err := j.out.Truncate(size); err != nil {
		return j.roll()
	}
	return nil
}

// tick begins to sync when it is time to, on a goroutine of its own, so that rows are
// written meanwhile: a kill -9 takes nothing that was written. It returns when it wants to
// be called again; 0: when something is written.
func (j *journal) tick() time.Duration {
	if !j.dirty || j.syncing || j.sync == SyncNever {
		return 0
	}
	if wait := time.Second - time.Since(j.clean); wait > 0 && j.sync == SyncEverySecond {
		return wait
	}
	j.dirty, j.syncing, j.clean = false, true, time.Now()
	go func(f *os.File) { j.synced <- f.Sync() }(j.out)
	return 0
}

// done notes that the database has everything up to p, and deletes files that are over.
func (j *journal) done(p position, all bool) error {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[:], p.file)
	binary.LittleEndian.PutUint64(b[8:], uint64(p.at))
	binary.LittleEndian.PutUint32(b[16:], crc32.Checksum(b[:16], castagnoli))
	if _, err := j.note.WriteAt(b[:], 0); err != nil {
		return err
	}
	if all && j.list[len(j.list)-1].size >= 1<<20 {
		if err := j.roll(); err != nil {
			return err
		}
		j.next = position{file: j.list[len(j.list)-1].number}
		p.file = j.next.file
	}
	j.forget(p.file)
	return nil
}

// progress reads what done has noted.
func (j *journal) progress() (p position, known bool) {
	var b [24]byte
	if n, _ := j.note.ReadAt(b[:], 0); n < len(b) || binary.LittleEndian.Uint32(b[16:]) != crc32.Checksum(b[:16], castagnoli) {
		return p, false
	}
	return position{binary.LittleEndian.Uint64(b[:]), int64(binary.LittleEndian.Uint64(b[8:]))}, true
}

// forget deletes the files before number.
func (j *journal) forget(number uint64) {
	for len(j.list) > 0 && j.list[0].number < number {
		_ = os.Remove(j.path(j.list[0].number))
		j.size -= j.list[0].size
		j.list = j.list[1:]
	}
}

// close ends the use of the folder; without rows it is left empty.
func (j *journal) close(empty bool) error {
	var err error
	if j.syncing {
		err = <-j.synced
	}
	if j.sync != SyncNever && !empty {
		err = errors.Join(err, j.out.Sync())
	}
	j.out.Close()
	if j.in != nil {
		j.in.Close()
	}
	if empty {
		for _, s := range j.list {
			_ = os.Remove(j.path(s.number))
		}
	}
	j.note.Close()
	j.lock.Close()
	return err
}
