package prometheus

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A rule makes a name and labels of the name of a statistic (parameter labels):
// "group: /^(.*)_(.*)$/\1:gateway="\2"/".
type rule struct {
	group string
	re    *regexp.Regexp
	subst string // in Go's manner: ${1}
}

var errRule = errors.New(`must be "group: /expression/name:labels/flags"`)

func parseRule(text string) (r rule, err error) {
	group, rest, ok := strings.Cut(text, ":")
	r.group, rest = strings.TrimSpace(group), strings.TrimSpace(rest)
	if !ok || r.group == "" || len(rest) < 4 {
		return r, errRule
	}
	parts := cut(rest[1:], rest[0])
	if len(parts) != 3 {
		return r, errRule
	}
	pattern := parts[0]
	switch parts[2] {
	case "", "g":
	case "i", "gi", "ig":
		pattern = "(?i)" + pattern
	default:
		return r, fmt.Errorf("unknown flags %q; there are g and i", parts[2])
	}
	if r.re, err = regexp.Compile(pattern); err != nil {
		return r, err
	}
	r.subst = groups.ReplaceAllString(strings.ReplaceAll(parts[1], "$", "$$"), "$${$1}")
	return r, nil
}

var groups = regexp.MustCompile(`\\([0-9])`)

// cut parts text at the delimiter, which a backslash hides.
func cut(text string, by byte) []string {
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		last := &parts[len(parts)-1]
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && text[i+1] == by:
			i++
			*last += string(by)
		case c == by:
			parts = append(parts, "")
		default:
			*last += string(c)
		}
	}
	return parts
}

// apply returns the name and the labels for a statistic of r's group; false: r does not
// match it, or what comes of it is not "name:labels".
func (r *rule) apply(stat string) (name, labels string, ok bool) {
	if !r.re.MatchString(stat) {
		return "", "", false
	}
	name, text, ok := strings.Cut(r.re.ReplaceAllString(stat, r.subst), ":")
	if !ok || name == "" {
		return "", "", false
	}
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(part, "=")
		if key = strings.TrimSpace(key); !ok || !isName(key) {
			return "", "", false
		}
		list = append(list, label(key, strings.Trim(strings.TrimSpace(value), `"`)))
	}
	return name, strings.Join(list, ","), true
}
