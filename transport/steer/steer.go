package steer

import (
	"errors"
	"strings"

	"github.com/cilium/ebpf"
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

	sees size // of a classic program
}

// Attach has the kernel steer the datagrams of a listener, that of loop i having socket
// fds[i]. All of them must be bound. With one loop, or one that reads, there is nothing to steer.
func Attach(m Mode, o Owner, fds []int) Result {
	switch {
	case o.n < 2:
		return Result{Active: Off, Note: "there is one loop", Asked: true}
	case len(fds) < 2: // and no group of sockets
		return Result{Active: Off, Note: "one loop reads", Asked: true}
	case m == Off:
		return Result{Active: Off, Note: "as steering=none asks", Asked: true}
	}
	var notes []string
	if m != Classic {
		err := loadEBPF(o, fds)
		if err == nil {
			return Result{Active: EBPF}
		}
		notes = append(notes, "ebpf: "+reason(err))
	}
	if m != EBPF {
		s, err := loadClassic(o, fds[0])
		if err == nil {
			return Result{Active: Classic, Note: strings.Join(append(notes, "cbpf: "+s.String()), "; "), sees: s}
		}
		notes = append(notes, "cbpf: "+reason(err))
	}
	return Result{Active: Off, Note: strings.Join(notes, "; ")}
}

// reason is err for an operator, with what may be done about it.
func reason(err error) string {
	var rejected *ebpf.VerifierError // some of which say EACCES as well
	switch {
	case errors.As(err, &rejected):
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return "not permitted, it takes CAP_BPF and CAP_NET_ADMIN (before Linux 5.8 CAP_SYS_ADMIN): AmbientCapabilities= of systemd"
	case errors.Is(err, unix.ENOMEM):
		return err.Error() + ": sysctl net.core.optmem_max=131072 has room for it"
	}
	return err.Error()
}
