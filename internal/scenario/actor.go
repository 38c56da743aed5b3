package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An actor is a user agent of a scenario: a socket and what it must remember
// to answer, acknowledge, cancel and hang up.
type actor struct {
	name string
	Socket
	now   func() time.Time
	proxy string // where requests outside a dialog go

	branches int
	callID   string
	tag      string
	cseq     int

	lastSent []byte // last datagram, for "again"
	lastTo   string
	last     *Message            // last message that a want took
	requests map[string]*Message // last request received, by method
	invite   []byte              // last INVITE sent
	sentTo   string              // where it went
	final    *Message            // last final response to it
	caller   bool                // the dialog was begun by us
	ok       []byte              // 2xx that we sent to an INVITE
	seen     [][]byte            // everything received, to know retransmissions
	may      []string            // patterns that may come unasked
	login    login
}

// newBranch makes a branch of RFC 3261 §8.1.1.7.
func (a *actor) newBranch() string {
	a.branches++
	return fmt.Sprintf("z9hG4bK%s%s%d", a.name, a.tag, a.branches)
}

// emit sends a datagram and remembers it.
func (a *actor) emit(to, message string) error {
	b := Text(message)
	a.lastSent, a.lastTo = b, to
	if bytes.HasPrefix(b, []byte("INVITE ")) {
		a.invite, a.sentTo, a.caller, a.final = b, to, true, nil
	}
	return a.SendBytes(to, b)
}

// take waits until what pattern says comes. Retransmissions of what came before
// are skipped, unless one is what is wanted.
func (a *actor) take(pattern string, again bool, within time.Duration) error {
	deadline := a.now().Add(within)
	for {
		m := a.Next(deadline.Sub(a.now()))
		if m == nil {
			return fmt.Errorf("%s got nothing within %v, want %s", a.name, within, pattern)
		}
		repeated := a.repeated(m)
		a.remember(m)
		switch {
		case repeated && again && m.Is(pattern):
			a.last = m
			return nil
		case repeated:
		case !again && m.Is(pattern):
			a.last = m
			return nil
		case a.tolerates(m):
		default:
			return fmt.Errorf("%s got %v, want %s", a.name, m, wanted(pattern, again))
		}
	}
}

func wanted(pattern string, again bool) string {
	if again {
		return "a retransmission of " + pattern
	}
	return pattern
}

func (a *actor) repeated(m *Message) bool {
	for _, b := range a.seen {
		if bytes.Equal(b, m.Raw) {
			return true
		}
	}
	return false
}

func (a *actor) tolerates(m *Message) bool {
	for _, p := range a.may {
		if m.Is(p) {
			return true
		}
	}
	return false
}

// remember keeps what later steps need of m.
func (a *actor) remember(m *Message) {
	a.seen = append(a.seen, m.Raw)
	if m.IsRequest() {
		a.requests[m.Method()] = m
		if m.Is("INVITE") {
			a.caller = false
		}
	}
	if m.Method() == "INVITE" && m.Status() >= 200 {
		a.final = m
	}
}

// quiet returns an error if something comes within d that no step has asked for.
func (a *actor) quiet(d time.Duration) error {
	deadline := a.now().Add(d)
	for {
		m := a.Next(deadline.Sub(a.now()))
		if m == nil {
			return nil
		}
		if !a.repeated(m) && !a.tolerates(m) {
			return fmt.Errorf("%s got %v, which nothing asked for", a.name, m)
		}
	}
}

// silent is quiet that does not forgive retransmissions either.
func (a *actor) silent(d time.Duration) error {
	if m := a.Next(d); m != nil {
		return fmt.Errorf("%s got %v, want nothing", a.name, m)
	}
	return nil
}

// request sends a request outside a dialog, RFC 3261 §8.1.1.
func (a *actor) request(method, uri string, headers []string) error {
	a.cseq++
	lines := []string{
		method + " " + uri + " SIP/2.0",
		"Via: SIP/2.0/" + a.transport() + " " + a.Addr() + ";branch=" + a.newBranch() + ";rport",
		"Max-Forwards: 70",
		"From: <sip:" + a.name + "@" + a.Addr() + ">;tag=" + a.tag,
		"To: <" + uri + ">",
		"Call-ID: " + a.callID,
		"CSeq: " + strconv.Itoa(a.cseq) + " " + method,
		"Contact: <" + a.contact() + ">",
	}
	return a.emit(a.proxy, strings.Join(append(lines, headers...), "\n"))
}

// reply answers the last request of the method, RFC 3261 §8.2.6.
func (a *actor) reply(status int, method, reason string, headers []string) error {
	m := a.requests[method]
	if m == nil {
		return fmt.Errorf("%s has received no %s", a.name, method)
	}
	lines := []string{fmt.Sprintf("SIP/2.0 %d %s", status, reason)}
	add := func(name string) {
		for _, v := range RawValues(m.Raw, name) {
			lines = append(lines, name+": "+v)
		}
	}
	add("Via")
	if status > 100 && status < 300 {
		add("Record-Route") // §12.1.1
	}
	add("From")
	to := RawValue(m.Raw, "To")
	if status > 100 && !strings.Contains(to, ";tag=") {
		to += ";tag=" + a.tag
	}
	lines = append(lines, "To: "+to)
	add("Call-ID")
	add("CSeq")
	if status > 100 && status < 300 {
		lines = append(lines, "Contact: <"+a.contact()+">")
	}
	b := Text(strings.Join(append(lines, headers...), "\n"))
	if method == "INVITE" && status/100 == 2 {
		a.ok = b
	}
	a.lastSent, a.lastTo = b, m.From.String()
	return a.SendBytes(a.lastTo, b)
}

// ack acknowledges the last final response to our INVITE: within the transaction
// (RFC 3261 §17.1.1.3), or for a 2xx along the route set (§13.2.2.4).
func (a *actor) ack() error {
	if a.final == nil || a.invite == nil {
		return fmt.Errorf("%s has no final response to an INVITE", a.name)
	}
	number, _, _ := strings.Cut(RawValue(a.invite, "CSeq"), " ")
	if a.final.Status()/100 == 2 {
		return a.within("ACK", number, nil)
	}
	return a.emit(a.sentTo, a.hopByHop("ACK", number, RawValue(a.final.Raw, "To")))
}

// cancel sends CANCEL for the last INVITE, RFC 3261 §9.1.
func (a *actor) cancel(headers []string) error {
	if a.invite == nil {
		return fmt.Errorf("%s has sent no INVITE", a.name)
	}
	number, _, _ := strings.Cut(RawValue(a.invite, "CSeq"), " ")
	return a.emit(a.sentTo, strings.Join(append([]string{a.hopByHop("CANCEL", number, RawValue(a.invite, "To"))}, headers...), "\n"))

}

// hopByHop is a request that belongs to the transaction of the INVITE.
func (a *actor) hopByHop(method, number, to string) string {
	_, rest, _ := strings.Cut(string(a.invite), " ")
	uri, _, _ := strings.Cut(rest, " ")
	lines := []string{method + " " + uri + " SIP/2.0", "Via: " + RawValue(a.invite, "Via")}
	for _, r := range RawValues(a.invite, "Route") {
		lines = append(lines, "Route: "+r)
	}
	lines = append(lines, "Max-Forwards: 70", "From: "+RawValue(a.invite, "From"), "To: "+to,
		"Call-ID: "+RawValue(a.invite, "Call-ID"), "CSeq: "+number+" "+method)
	return strings.Join(lines, "\n")
}

// within sends a request in the dialog, RFC 3261 §12.2.1.1.
func (a *actor) within(method, number string, headers []string) error {
	from, to, callID, target, routes, err := a.dialog()
	if err != nil {
		return err
	}
	next := target
	if len(routes) > 0 {
		next = URIOf(routes[0])
	}
	lines := []string{
		method + " " + target + " SIP/2.0",
		"Via: SIP/2.0/" + a.transport() + " " + a.Addr() + ";branch=" + a.newBranch() + ";rport",
	}
	for _, r := range routes {
		lines = append(lines, "Route: "+r)
	}
	lines = append(lines, "Max-Forwards: 70", "From: "+from, "To: "+to, "Call-ID: "+callID,
		"CSeq: "+number+" "+method, "Contact: <"+a.contact()+">")
	return a.emit(HostPortOf(next), strings.Join(append(lines, headers...), "\n"))
}

// dialog is the state of RFC 3261 §12.1 as a request needs it.
func (a *actor) dialog() (from, to, callID, target string, routes []string, err error) {
	if a.caller {
		if a.final == nil || a.final.Status()/100 != 2 {
			return "", "", "", "", nil, fmt.Errorf("%s has no dialog: no 2xx to its INVITE", a.name)
		}
		r := a.final.Raw
		return RawValue(a.invite, "From"), RawValue(r, "To"), RawValue(r, "Call-ID"),
			URIOf(RawValue(r, "Contact")), reversed(ListValues(r, "Record-Route")), nil
	}
	if a.ok == nil {
		return "", "", "", "", nil, errors.New(a.name + " has no dialog: it has answered no INVITE with a 2xx")
	}
	r := a.requests["INVITE"].Raw
	return RawValue(a.ok, "To"), RawValue(r, "From"), RawValue(r, "Call-ID"),
		URIOf(RawValue(r, "Contact")), ListValues(r, "Record-Route"), nil
}
