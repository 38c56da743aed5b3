package steer

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// A Mode says which mechanisms may be used.
type Mode uint8

// The modes.
const (
	Auto    Mode = iota // the best one that the process may use
	EBPF                // eBPF or none
	Classic             // classic BPF or none
	Off                 // none
)

var modeNames = [...]string{Auto: "auto", EBPF: "ebpf", Classic: "cbpf", Off: "none"}

// Modes are the names of the modes, in their order.
func Modes() []string { return modeNames[:] }

// String returns the name of m.
func (m Mode) String() string { return modeNames[m] }

// A Result is what has come of an attempt to steer.
type Result struct {
	Active Mode   // EBPF, Classic or Off
	Note   string // of what is covered, or why it is not a better one; may be empty
	Asked  bool   // it is what was asked for
}

// Attach has the kernel steer the datagrams of a listener, that of loop i having socket
// fds[i]. All of them must be bound. With one loop there is nothing to steer.
func Attach(m Mode, o Owner, fds []int) Result {
	switch {
	case o.n < 2:
		return Result{Active: Off, Note: "there is one loop", Asked: true}
	case m == Off:
		return Result{Active: Off, Note: "as steering=none asks", Asked: true}
	}
	var notes []error
	if m != Classic {
		err := loadEBPF(o, fds)
		if err == nil {
			return Result{Active: EBPF}
		}
		notes = append(notes, fmt.Errorf("ebpf: %w%s", err, advice(err)))
	}
	if m != EBPF {
		s, err := loadClassic(o, fds[0])
		if err == nil {
			notes = append(notes, fmt.Errorf("cbpf finds a Call-ID in the first %d bytes, an i in the first %d", s.long, s.short))
			return Result{Active: Classic, Note: text(notes)}
		}
		notes = append(notes, fmt.Errorf("cbpf: %w%s", err, advice(err)))
	}
	return Result{Active: Off, Note: text(notes)}
}

func text(notes []error) (s string) {
	for i, n := range notes {
		if i > 0 {
			s += "; "
		}
		s += n.Error()
	}
	return s
}

// advice says what an operator may do about err.
func advice(err error) string {
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return " (it takes CAP_BPF and CAP_NET_ADMIN; before Linux 5.8 CAP_SYS_ADMIN)"
	case errors.Is(err, unix.ENOMEM):
		return " (sysctl net.core.optmem_max=131072 has room for it)"
	}
	return ""
}
