package tune

import (
	_ "embed"
	"fmt"
	"regexp"
)

// Script forwards complete calls, record-routed and in transactions. Its socket is
// udp:[proxy], which [sipprun.StartProxy] gives a free port.
//
//go:embed calls.cfg
var Script string

var socketAddress = regexp.MustCompile(`(?m)^(\s*(?:socket|listen)\s*=\s*(?:udp|tcp):)(?:\[[^\]\s]+\]|[^\s:]+)(?::\d+)?`)

// OnLoopback gives the sockets of a script free ports of 127.0.0.1, but for those that are
// written [proxy] already.
func OnLoopback(script string) string {
	n := 0
	return socketAddress.ReplaceAllStringFunc(script, func(line string) string {
		head := socketAddress.FindStringSubmatch(line)[1]
		if line[len(head)] == '[' && line[len(head):min(len(line), len(head)+6)] == "[proxy" {
			return line
		}
		n++
		if n == 1 {
			return head + "[proxy]"
		}
		return fmt.Sprintf("%s[proxy%d]", head, n)
	})
}
