package registrar

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Values of save().
const (
	saved    script.Ret = 1
	unsent   script.Ret = -1 // the answer could not be sent
	rejected script.Ret = -2 // and the request is answered so
)

// append adds to what the answer will have.
func (r *registration) append(s string) {
	t := r.m.scratch.On(r.x.Loop())
	t.text = append(t.text, s...)
}

func (r *registration) appendBytes(b []byte) {
	t := r.m.scratch.On(r.x.Loop())
	t.text = append(t.text, b...)
}

func (r *registration) appendPath(path []byte) {
	r.append("Path: ")
	r.appendBytes(path)
	r.append("\r\n")
}

// begin reads the request and starts an answer.
func (r *registration) begin() {
	t := r.m.scratch.On(r.x.Loop())
	if cap(t.text) > keptText {
		t.text = nil
	}
	t.text = t.text[:0]
	r.read()
}

// keptText is how much memory for an answer a loop keeps.
const keptText = 64 << 10

// refuse answers with what was wrong, as OpenSIPS does: P-Registrar-Error has the words.
func (r *registration) refuse(f failure) script.Ret {
	r.m.count[r.x.Loop().Index()].rejected.Inc()
	status := f.status()
	if r.flags.noReply {
		return rejected
	}
	r.append("P-Registrar-Error: ")
	r.append(failures[f].text)
	r.append("\r\n")
	switch {
	case f == tooBrief:
		r.number("Min-Expires: ", int(r.minExpires()))
	case status >= 500 && r.m.set.retryAfter > 0:
		r.number("Retry-After: ", r.m.set.retryAfter)
	case f == pushUnsupported:
		r.appendProviders()
	}
	if !r.reply(status) {
		return unsent
	}
	return rejected
}

func (r *registration) number(name string, n int) {
	r.append(name)
	t := r.m.scratch.On(r.x.Loop())
	t.text = append(sipparse.AppendUint(t.text, uint64(n)), "\r\n"...)
}

// reply sends what was collected, with the transaction if the script has one.
func (r *registration) reply(status int) bool {
	x, t := r.x, r.m.scratch.On(r.x.Loop())
	if !x.Req.AppendToReply(t.text) {
		return false
	}
	var reason []byte
	if status == failures[pushUnsupported].status {
		reason = noPush
	}
	if x.Visible() == nil {
		return x.StatelessReply(status, reason)
	}
	return x.Reply(status, reason)
}

var noPush = []byte("Push Notification Service Not Supported")
