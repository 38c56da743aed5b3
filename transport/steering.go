package transport

import "github.com/fastsips/fastsips/transport/steer"

// steer has the kernel choose among the loops' sockets. That takes a while, so it comes
// when all listeners are there.
func (t *Transport) steer(how steer.Mode) {
	for _, ls := range t.listeners {
		if ls.udp == nil {
			continue
		}
		ls.steering = steer.Result{Active: steer.Off, Asked: true}
		if fds := ls.udp.Group(); fds != nil { // else in memory, where there is no kernel
			ls.steering = steer.Attach(how, t.owner, fds)
		}
	}
	t.logSteering()
}

// logSteering tells how the kernel chooses among the loops' sockets, in one line where all
// listeners are alike.
func (t *Transport) logSteering() {
	told := steer.Result{}
	for _, ls := range t.listeners {
		if ls.udp == nil || ls.steering == told || t.owner.Loops() == 1 {
			continue
		}
		told = ls.steering
		log := t.log.Info
		if told.Note != "" && told.Active == steer.Off && !told.Asked {
			log = t.log.Warn
		}
		log("steering by Call-ID", "by", told.Active.String(), "note", told.Note)
	}
}

// Steering tells how the kernel chooses among the loops' sockets; false for what is no UDP
// listener.
func (ls *Listener) Steering() (how steer.Result, is bool) { return ls.steering, ls.udp != nil }
