// Package cgroup finds the control groups that this process is in.
package cgroup

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// A Kind is which version's files a group has (cgroups(7)).
type Kind uint8

// The versions.
const (
	None Kind = iota
	V1
	V2
)

// Levels returns the directories, under root, of the group that limits what a controller
// is about, such as cpu or memory, and of those around it, each of which limits what is
// below it: the innermost first. Not all need be there: those of a container that does not
// see the levels above it are all that can be known.
func Levels(root fs.FS, controller string) (dirs []string, kind Kind) {
	dir, top, kind := group(root, controller)
	for dir != "" {
		dirs = append(dirs, dir)
		if dir == top || dir == "." {
			break
		}
		dir = path.Dir(dir)
	}
	return dirs, kind
}

// group finds the directory of our group, and the one where the tree is mounted. The
// controller is version 1's if /proc/self/cgroup names it, else version 2's.
func group(root fs.FS, controller string) (dir, top string, kind Kind) {
	v1, v2 := "", ""
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(f) < 3:
		case f[0] == "0" && f[1] == "":
			v2 = f[2]
		case hasWord(f[1], controller):
			v1 = f[2]
		}
	}
	switch {
	case v1 != "":
		dir, top = below(root, v1, func(m mount) bool { return m.kind == "cgroup" && hasWord(m.options, controller) })
		return dir, top, V1
	case v2 != "":
		dir, top = below(root, v2, func(m mount) bool { return m.kind == "cgroup2" })
		return dir, top, V2
	}
	return "", "", None
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// A mount is a line of /proc/self/mountinfo (proc(5)).
type mount struct{ root, at, kind, options string }

// below finds the directory of group in the tree that is mounted where is says. In a
// container the group's path may not begin with what is mounted: then it is that.
func below(root fs.FS, group string, is func(mount) bool) (dir, top string) {
	text, _ := fs.ReadFile(root, "proc/self/mountinfo")
	for line := range bytes.Lines(text) {
		m, ok := parseMount(string(line))
		if !ok || !is(m) {
			continue
		}
		top = strings.TrimPrefix(path.Clean(m.at), "/")
		group = path.Clean("/" + group)
		rest, inside := strings.CutPrefix(group+"/", strings.TrimSuffix(m.root, "/")+"/")
		if !inside {
			return top, top
		}
		return path.Join(top, rest), top
	}
	return "", ""
}

func parseMount(line string) (m mount, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	b, a := strings.Fields(before), strings.Fields(after)
	if !ok || len(b) < 5 || len(a) < 3 {
		return m, false
	}
	return mount{unescape(b[3]), unescape(b[4]), a[0], a[2]}, true
}

// unescape undoes \040 and its like.
func unescape(s string) string {
	for _, c := range []string{" ", "\t", "\n", `\`} {
		s = strings.ReplaceAll(s, `\0`+strconv.FormatInt(int64(c[0]), 8), c)
		s = strings.ReplaceAll(s, `\`+strconv.FormatInt(int64(c[0]), 8), c)
	}
	return s
}
