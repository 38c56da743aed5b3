package cpus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxID is the highest processor that a list may name: an affinity mask has 1024 bits.
const maxID = 1023

// ParseList reads numbers of processors as taskset, systemd and the kernel write them:
// 0-3,8. They come back in order, each once.
func ParseList(text string) ([]int, error) {
	var ids []int
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		lo, err1 := strconv.Atoi(from)
		hi, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || lo < 0 || hi < lo || hi > maxID {
			return nil, fmt.Errorf("%q is no list of processors such as 0-3,8", text)
		}
		for id := lo; id <= hi; id++ {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// FormatList is the inverse of ParseList.
func FormatList(ids []int) string {
	var b []byte
	for i := 0; i < len(ids); {
		last := i
		for last+1 < len(ids) && ids[last+1] == ids[last]+1 {
			last++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(ids[i]), 10)
		if last > i {
			b = strconv.AppendInt(append(b, '-'), int64(ids[last]), 10)
		}
		i = last + 1
	}
	return string(b)
}
