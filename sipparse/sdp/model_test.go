package sdp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A model is a session description as lines of text, on which edits are made at once:
// the naive way, against which the real one is compared.
type model struct {
	sections [][]modelLine // the session's, then those of the media
	gone     []bool
}

type modelLine struct {
	text  string
	added bool
}

func newModel(body string) *model {
	m := &model{sections: make([][]modelLine, 1), gone: make([]bool, 1)}
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.HasPrefix(line, "m=") && !strings.Contains(line, "\x00") {
			m.sections, m.gone = append(m.sections, nil), append(m.gone, false)
		}
		last := len(m.sections) - 1
		m.sections[last] = append(m.sections[last], modelLine{text: line})
	}
	return m
}

// lines returns what is left, without line ends.
func (m *model) lines() (out []string) {
	for i, section := range m.sections {
		for _, l := range section {
			if !m.gone[i] {
				out = append(out, l.text)
			}
		}
	}
	return out
}

// linesOf is the same for a body.
func linesOf(body string) (out []string) {
	for line := range strings.Lines(body) {
		out = append(out, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
	}
	return out
}

var (
	mediaLine  = regexp.MustCompile(`(?s)^m=[ \t]*[^ \t]+[ \t]+(\d+)(?:/(\d+))?[ \t]+([^ \t]+)[ \t]+([^ \t]|[^ \t].*[^ \t])[ \t]*$`)
	connLine   = regexp.MustCompile(`^c=[ \t]*[^ \t]+[ \t]+([^ \t]+)[ \t]+([^ \t]+)[ \t]*$`)
	originLine = regexp.MustCompile(`^o=[ \t]*(?:[^ \t]+[ \t]+){4}([^ \t]+)[ \t]+([^ \t]+)[ \t]*$`)
	rtpmapText = regexp.MustCompile(`^(?i:rtpmap):[ \t]*(\d+)[ \t]+([^ \t/]+)(?:/(\d+)(?:/[^ \t]*)?)?[ \t]*$`)
	aboutText  = regexp.MustCompile(`^(?i:rtpmap|fmtp|rtcp-fb):[ \t]*([^ \t]+)`)
)

// attr returns the text of an a= line.
func attr(l modelLine) (string, bool) {
	return strings.CutPrefix(l.text, "a=")
}

func usable(l modelLine) bool { return l.added || !strings.Contains(l.text, "\x00") }

// parts are where in an m= line port, protocol and formats are; nil if it is broken.
func (m *model) parts(i int) []int {
	if m.gone[i] {
		return nil
	}
	line := m.sections[i][0].text
	at := mediaLine.FindStringSubmatchIndex(line)
	if at == nil {
		return nil
	}
	port, err := strconv.Atoi(line[at[2]:at[3]])
	if err != nil || port > 65535 {
		return nil
	}
	if at[4] >= 0 {
		if n, err := strconv.Atoi(line[at[4]:at[5]]); err != nil || n < 1 || n > 65535 {
			return nil
		}
	}
	if len(fields(line[at[8]:at[9]])) > maxFormats {
		return nil
	}
	return at
}

func fields(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' })
}

func (m *model) setPort(i, port int) {
	at := m.parts(i)
	line := &m.sections[i][0].text
	if at == nil {
		return
	}
	if n, _ := strconv.Atoi((*line)[at[2]:at[3]]); n != 0 {
		*line = (*line)[:at[2]] + strconv.Itoa(port) + (*line)[at[3]:]
	}
}

// formats returns the formats of RTP media, or of any.
func (m *model) formats(i int, any bool) []string {
	at := m.parts(i)
	if at == nil {
		return nil
	}
	line := m.sections[i][0].text
	if !any && !strings.Contains(line[at[6]:at[7]], "RTP/") {
		return nil
	}
	return fields(line[at[8]:at[9]])
}

func (m *model) setFormats(i int, list []string) {
	at := m.parts(i)
	line := &m.sections[i][0].text
	*line = (*line)[:at[8]] + strings.Join(list, " ") + (*line)[at[9]:]
}

// number makes 08 and 8 the same.
func number(format string) string {
	if n, err := strconv.ParseUint(format, 10, 8); err == nil && n < 128 {
		return strconv.Itoa(int(n))
	}
	return format
}

// codecs returns what a format may mean.
func (m *model) codecs(i int, format string) (names []string) {
	for _, l := range m.sections[i] {
		text, ok := attr(l)
		x := rtpmapText.FindStringSubmatch(text)
		if !ok || !usable(l) || x == nil || number(x[1]) != number(format) {
			continue
		}
		if n, err := strconv.ParseUint(x[1], 10, 64); err != nil || n > 127 {
			continue
		}
		if _, err := strconv.ParseUint(x[3], 10, 32); x[3] == "" || err == nil {
			names = append(names, x[2])
		}
	}
	if len(names) > 0 {
		return names
	}
	n, err := strconv.ParseUint(format, 10, 64)
	switch {
	case err != nil || n > 127:
		return []string{format}
	case int(n) < len(static):
		return []string{string(static[n].Name)}
	}
	return []string{""}
}

// meant picks the formats of which a codec has one of the names.
func (m *model) meant(i int, names ...string) func(string) bool {
	return func(format string) bool {
		for _, c := range m.codecs(i, format) {
			if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, c) && len(n) == len(c) }) {
				return true
			}
		}
		return false
	}
}

func (m *model) deleteFormats(i int, before []string, gone func(string) bool) {
	var kept, removed []string
	for _, f := range before {
		if gone(f) {
			removed = append(removed, f)
		} else {
			kept = append(kept, f)
		}
	}
	if len(removed) == 0 {
		return
	}
	if len(kept) == 0 {
		kept = removed[len(removed)-1:]
		m.setPort(i, 0)
	}
	m.setFormats(i, kept)
	has := func(list []string, f string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return number(x) == number(f) })
	}
	m.deleteAttrs(i, func(text string) bool {
		x := aboutText.FindStringSubmatch(text)
		return x != nil && has(before, x[1]) && !has(kept, x[1])
	})
}

func (m *model) move(i int, before []string, meant func(string) bool, up bool) {
	var front, back []string
	for _, f := range before {
		if meant(f) == up {
			front = append(front, f)
		} else {
			back = append(back, f)
		}
	}
	if len(front) > 0 && len(back) > 0 {
		m.setFormats(i, append(front, back...))
	} else if before != nil && slices.ContainsFunc(before, meant) {
		m.setFormats(i, before)
	}
}

func (m *model) deleteAttrs(i int, match func(text string) bool) {
	if !m.gone[i] {
		m.sections[i] = slices.DeleteFunc(m.sections[i], func(l modelLine) bool {
			text, ok := attr(l)
			return ok && usable(l) && match(text)
		})
	}
}

func (m *model) addAttr(i int, text string) {
	m.sections[i] = append(m.sections[i], modelLine{"a=" + text, true})
}

func isDirection(text string) bool {
	return slices.Contains([]string{"sendrecv", "sendonly", "recvonly", "inactive"}, lowerASCII(strings.Trim(text, " \t")))
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] |= 0x20
		}
	}
	return string(b)
}

func (m *model) setDirection(i int, d string) {
	if m.gone[i] {
		return
	}
	set := false
	lines := m.sections[i][:0]
	for _, l := range m.sections[i] {
		text, ok := attr(l)
		switch {
		case !ok || !usable(l) || !isDirection(text):
		case l.added || set:
			continue
		default:
			l.text, set = "a="+d, true
		}
		lines = append(lines, l)
	}
	m.sections[i] = lines
	if !set {
		m.addAttr(i, d)
	}
}

// setAddress replaces what the expression finds in lines of the section, all or the first.
func (m *model) setAddress(i int, x *regexp.Regexp, addr string, first bool) {
	if m.gone[i] {
		return
	}
	family := "IP4 "
	if strings.Contains(addr, ":") {
		family = "IP6 "
	}
	letter := x.String()[1:3]
	for k := range m.sections[i] {
		l := &m.sections[i][k]
		if !usable(*l) || !strings.HasPrefix(l.text, letter) {
			continue
		}
		at := x.FindStringSubmatchIndex(l.text)
		if at != nil && (letter == "o=" || goodAddress(l.text[at[2]:at[3]], l.text[at[4]:at[5]])) {
			l.text = l.text[:at[2]] + family + addr + l.text[at[5]:]
		}
		if first {
			return
		}
	}
}

// goodAddress checks TTL and number.
func goodAddress(family, addr string) bool {
	parts := strings.Split(addr, "/")[1:]
	limits := []uint64{65535}
	if lowerASCII(family) == "ip4" {
		limits = []uint64{255, 65535}
	}
	for i, p := range parts {
		if i == len(limits) {
			return false
		}
		n, err := strconv.ParseUint(p, 10, 64)
		if err != nil || n > limits[i] || n == 0 && limits[i] == 65535 {
			return false
		}
	}
	return true
}
