package e2e

import (
	"strings"

	"github.com/fastsips/fastsips/loop"
)

// A walkMsg is a message as the phones of the random walk read it: by lines, with
// nothing in common with the proxy's parser.
type walkMsg struct {
	text                         string
	start                        string
	status                       int    // 0: a request
	verb                         string // method of a request
	method                       string // of CSeq
	via, record, route           []string
	from, to, callID, cseq, cont string
	branch, toTag                string
	at                           loop.Addr // who sent it
}

func readWalkMsg(from loop.Addr, b []byte) *walkMsg {
	m := &walkMsg{text: string(b), at: from}
	lines := strings.Split(m.text, "\r\n")
	m.start = lines[0]
	if rest, ok := strings.CutPrefix(m.start, "SIP/2.0 "); ok {
		m.status = int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
	} else {
		m.verb, _, _ = strings.Cut(m.start, " ")
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Via":
			m.via = append(m.via, value)
		case "Record-Route":
			m.record = append(m.record, value)
		case "Route":
			m.route = append(m.route, value)
		case "From":
			m.from = value
		case "To":
			m.to = value
		case "Call-ID":
			m.callID = value
		case "CSeq":
			m.cseq, m.method, _ = strings.Cut(value, " ")
		case "Contact":
			m.cont = strings.Trim(value, "<>")
		}
	}
	_, m.toTag, _ = strings.Cut(m.to, ";tag=")
	_, m.branch, _ = strings.Cut(m.via[0], "branch=")
	m.branch, _, _ = strings.Cut(m.branch, ";")
	return m
}

// String is what a ladder shows.
func (m *walkMsg) String() string {
	if m.status != 0 {
		return strings.Fields(m.start)[1] + "/" + m.method
	}
	return m.verb
}

// reply is the response to m.
func (m *walkMsg) reply(status, tag, contact string) string {
	lines := []string{"SIP/2.0 " + status + " Walk"}
	for _, v := range m.via {
		lines = append(lines, "Via: "+v)
	}
	for _, v := range m.record {
		lines = append(lines, "Record-Route: "+v)
	}
	to := m.to
	if m.toTag == "" && status != "100" {
		to += ";tag=" + tag
	}
	lines = append(lines, "From: "+m.from, "To: "+to, "Call-ID: "+m.callID, "CSeq: "+m.cseq+" "+m.method,
		"Contact: <"+contact+">", "Content-Length: 0", "", "")
	return strings.Join(lines, "\r\n")
}
