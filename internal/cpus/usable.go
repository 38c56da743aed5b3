package cpus

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
)

// A Usable is what this process may use of the machine.
type Usable struct {
	IDs   []int   // processors of the affinity mask
	Quota float64 // processors' worth of time; 0: no limit
	By    string  // the control group that says so
	Nodes []Node  // the memory nodes that have one of IDs
}

// A Node is a memory node (NUMA).
type Node struct {
	Name string // node0
	IDs  []int  // its processors that are usable
}

// Look reads what there is now. What cannot be read is no limit.
func Look() Usable {
	ids, err := Affinity()
	if err != nil { // more than 1024 processors
		for id := range runtime.NumCPU() {
			ids = append(ids, id)
		}
	}
	return look(os.DirFS("/"), ids)
}

func look(root fs.FS, ids []int) Usable {
	u := Usable{IDs: ids}
	u.Quota, u.By = quota(root)
	u.Nodes = nodes(root, ids)
	return u
}

// Loops returns how many event loops can be busy at a time: one for each processor, at
// most the quota, rounded to the nearest whole number, at least one.
//
// Two loops on 1.5 processors hold half as much again as one, and when both are busy the
// kernel stops them for 25 ms in each 100. On 1.3 processors they would hold 1.3 times
// as much, and stand still for 35.
func (u Usable) Loops() int {
	n := len(u.IDs)
	if u.Quota > 0 {
		n = min(n, int(math.Round(u.Quota)))
	}
	return max(n, 1)
}

// nodes finds the memory nodes of the processors; nil where the kernel knows of none.
func nodes(root fs.FS, ids []int) (list []Node) {
	files, _ := fs.Glob(root, "sys/devices/system/node/node*/cpulist")
	for _, f := range files {
		text, _ := fs.ReadFile(root, f)
		all, err := ParseList(strings.TrimSpace(string(text)))
		if err != nil {
			continue
		}
		ours := slices.DeleteFunc(all, func(id int) bool { return !slices.Contains(ids, id) })
		if len(ours) > 0 {
			list = append(list, Node{path.Base(path.Dir(f)), ours})
		}
	}
	return list
}
