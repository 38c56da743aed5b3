package cpus

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Affinity returns the processors that the calling thread may run on, in order.
func Affinity() ([]int, error) {
	var s unix.CPUSet
	if err := unix.SchedGetaffinity(0, &s); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	var ids []int
	for id := range maxID + 1 {
		if s.IsSet(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Bind binds all threads of this process to the processors ids; threads and processes to
// come inherit that. One that is not there, or that a cpuset keeps from us, is an error.
func Bind(ids []int) error {
	var want, got unix.CPUSet
	for _, id := range ids {
		want.Set(id)
	}
	done := map[int]bool{}
	for {
		fresh, err := threads(done)
		if err != nil || len(fresh) == 0 {
			return err
		}
		for _, tid := range fresh {
			done[tid] = true
			err := unix.SchedSetaffinity(tid, &want)
			if err == nil {
				err = unix.SchedGetaffinity(tid, &got)
			}
			switch {
			case err == unix.ESRCH: // a thread that has just ended
			case err != nil || got != want:
				return notThere(ids, &got, err)
			}
		}
	}
}

// threads lists the threads of this process that are not in done.
func threads(done map[int]bool) (ids []int, err error) {
	list, err := os.ReadDir("/proc/self/task")
	for _, e := range list {
		if tid, err := strconv.Atoi(e.Name()); err == nil && !done[tid] {
			ids = append(ids, tid)
		}
	}
	return ids, err
}

func notThere(ids []int, got *unix.CPUSet, err error) error {
	missing := slices.DeleteFunc(slices.Clone(ids), got.IsSet)
	if err == unix.EINVAL || err == nil && len(missing) > 0 {
		return fmt.Errorf("processors %s are not there, or not for this process", FormatList(missing))
	}
	return os.NewSyscallError("sched_setaffinity", err)
}
