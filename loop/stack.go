package loop

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strconv"
	"strings"
)

// stackLabel is what the goroutines of loops are told apart by.
const stackLabel = "fastsips-loop"

// labelled runs f such that stackOf finds it.
func labelled(i int, f func()) {
	pprof.Do(context.Background(), pprof.Labels(stackLabel, strconv.Itoa(i)), func(context.Context) { f() })
}

// stackOf returns the functions that loop i is in, innermost first. It stops the whole
// process for a moment.
func stackOf(i int) string {
	var b bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&b, 1) != nil {
		return ""
	}
	mark := strconv.Quote(stackLabel) + ":" + strconv.Quote(strconv.Itoa(i))
	for block := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(block, mark) && strings.Contains(block, "loop.(*Loop).run") {
			return shorten(block)
		}
	}
	return ""
}

const (
	ourPrefix = "github.com/fastsips/fastsips/"
	maxFrames = 8
)

// shorten lists the functions of a goroutine in a profile, from the one that it is in to
// where the script, or else the loop, has called it: the rest is the same always.
func shorten(block string) string {
	var names []string
	for line := range strings.SplitSeq(block, "\n") {
		fields := strings.Fields(line) // # 0x4711 package.function+0x12 file:12
		if len(fields) < 4 || fields[0] != "#" || !strings.HasPrefix(fields[1], "0x") {
			continue
		}
		name := fields[2]
		if at := strings.LastIndexByte(name, '+'); at > 0 {
			name = name[:at]
		}
		if name = strings.TrimPrefix(name, ourPrefix); strings.HasPrefix(name, "script.(*Ctx).") || strings.HasPrefix(name, "loop.(*Loop).") {
			break
		}
		if names = append(names, name); len(names) == maxFrames {
			break
		}
	}
	return strings.Join(names, " < ")
}
