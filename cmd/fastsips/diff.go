package main

import (
	"bytes"
	"fmt"
)

// diffContext is how many equal lines a difference shows around it.
const diffContext = 3

// maxDiff bounds the work of comparing; larger differences are shown as one.
const maxDiff = 50_000_000

// An edit is a line that both texts have (' '), only the first ('-') or only the
// second ('+').
type edit struct {
	op   byte
	line []byte
}

// unifiedDiff shows how b differs from a as diff -u does.
func unifiedDiff(nameA, nameB string, a, b []byte) []byte {
	list := edits(bytes.SplitAfter(a, []byte{'\n'}), bytes.SplitAfter(b, []byte{'\n'}))
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", nameA, nameB)
	lineA, lineB := 1, 1
	for i := 0; i < len(list); {
		from, to := hunk(list, i)
		if from < 0 {
			break
		}
		for _, e := range list[i:from] {
			lineA, lineB = lineA+e.in('-'), lineB+e.in('+')
		}
		countA, countB := 0, 0
		for _, e := range list[from:to] {
			countA, countB = countA+e.in('-'), countB+e.in('+')
		}
		fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n", lineA, countA, lineB, countB)
		for _, e := range list[from:to] {
			fmt.Fprintf(&out, "%c%s\n", e.op, bytes.TrimSuffix(e.line, []byte{'\n'}))
		}
		lineA, lineB, i = lineA+countA, lineB+countB, to
	}
	return out.Bytes()
}

// in is 1 if the text that op stands for has the line.
func (e edit) in(op byte) int {
	if e.op == ' ' || e.op == op {
		return 1
	}
	return 0
}

// hunk finds the next difference from i on, with its context; from is -1 if there is
// none.
func hunk(list []edit, i int) (from, to int) {
	first, last := -1, -1
	for k := i; k < len(list); k++ {
		if list[k].op == ' ' {
			continue
		}
		if first >= 0 && k-last > 2*diffContext {
			break
		}
		if first < 0 {
			first = k
		}
		last = k
	}
	if first < 0 {
		return -1, -1
	}
	return max(i, first-diffContext), min(len(list), last+1+diffContext)
}

// edits turns a into b by a longest common subsequence.
func edits(a, b [][]byte) []edit {
	var list []edit
	same := func(lines [][]byte) {
		for _, l := range lines {
			list = append(list, edit{' ', l})
		}
	}
	head := 0
	for head < len(a) && head < len(b) && bytes.Equal(a[head], b[head]) {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && bytes.Equal(a[len(a)-1-tail], b[len(b)-1-tail]) {
		tail++
	}
	same(a[:head])
	list = middle(list, a[head:len(a)-tail], b[head:len(b)-tail])
	same(a[len(a)-tail:])
	if n := len(list); n > 0 && len(list[n-1].line) == 0 {
		list = list[:n-1] // behind the last newline
	}
	return list
}

func middle(list []edit, a, b [][]byte) []edit {
	w := len(b) + 1
	var common []int32 // of a[i:] and b[j:]
	if len(a)*w <= maxDiff {
		common = make([]int32, (len(a)+1)*w)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if bytes.Equal(a[i], b[j]) {
					common[i*w+j] = common[(i+1)*w+j+1] + 1
				} else {
					common[i*w+j] = max(common[(i+1)*w+j], common[i*w+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && common != nil && bytes.Equal(a[i], b[j]):
			list = append(list, edit{' ', a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common == nil || common[(i+1)*w+j] >= common[i*w+j+1]):
			list = append(list, edit{'-', a[i]})
			i++
		default:
			list = append(list, edit{'+', b[j]})
			j++
		}
	}
	return list
}
