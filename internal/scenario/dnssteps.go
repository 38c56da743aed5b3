package scenario

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
)

// doDNS is "dns FILE": a name server that knows the zone in FILE, from now on; or
// "dns off": it ends, and its port is closed.
func (s *scene) doDNS(args []string) error {
	if args[0] == "off" {
		if s.dns == nil {
			return fmt.Errorf("there is no name server")
		}
		s.dns.Close()
		return nil
	}
	w, ok := s.world.(Resolver)
	if !ok {
		return fmt.Errorf("a name server needs real sockets: say # mode: real")
	}
	zone, ok := s.files[args[0]]
	if !ok {
		return fmt.Errorf("no file %s in the scenario", args[0])
	}
	zone, err := s.ports(zone)
	if err != nil {
		return err
	}
	if s.dns == nil {
		s.dns = w.StartDNS()
	}
	return s.dns.Zone(zone)
}

// dnsVars are [dns], the address of the name server, and [NAME.port] in a script.
func (s *scene) dnsVars() map[string]string {
	vars := map[string]string{}
	if s.dns != nil {
		vars["dns"] = s.dns.Address()
	}
	for name := range s.actors {
		vars[name+".port"], _ = s.ports("[" + name + ".port]") // the actor is there
	}
	vars["closed.port"] = s.closedPort()
	return vars
}

// closedPort is a port that nobody listens on.
func (s *scene) closedPort() string {
	if w, ok := s.world.(Resolver); ok {
		return strconv.Itoa(w.FreePort())
	}
	return "9" // discard
}

var portOf = regexp.MustCompile(`\[(\w+)\.port\]`)

// ports replaces [NAME.port] by the port of an actor; [closed.port] is nobody's.
func (s *scene) ports(text string) (out string, err error) {
	out = portOf.ReplaceAllStringFunc(text, func(word string) string {
		name := portOf.FindStringSubmatch(word)[1]
		if name == "closed" {
			return s.closedPort()
		}
		a := s.actors[name]
		if a == nil {
			err = fmt.Errorf("nobody is called %s", name)
			return word
		}
		_, port, _ := net.SplitHostPort(a.Addr())
		return port
	})
	return out, err
}
