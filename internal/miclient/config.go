package miclient

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/script/syntax"
)

// OfConfig returns the ways that a configuration offers: that of mi_fifo, of mi_http,
// and of mi_datagram, which carries the shortest answers. Mistakes elsewhere in it do
// not matter.
func OfConfig(file string) ([]Target, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var d syntax.Diags
	c := settings{syntax.Parse(file, text, os.ReadFile, &d)}
	var list []Target
	if c.loads("mi_fifo") {
		list = append(list, Target{FIFO: c.text("mi_fifo", "fifo_name", fifoNames[1]), Dir: c.text("mi_fifo", "reply_dir", replyDir)})
	}
	if c.loads("mi_http") {
		list = append(list, Target{URL: c.url()})
	}
	if at, err := datagram.ParseAddress(c.text("mi_datagram", "socket_name", "")); c.loads("mi_datagram") && err == nil {
		list = append(list, Target{Datagram: at})
	}
	if list == nil {
		return nil, fmt.Errorf("%s loads none of mi_fifo, mi_datagram and mi_http", file)
	}
	return list, nil
}

// settings are the modules and parameters of a configuration.
type settings struct{ cfg *syntax.Config }

func (c settings) loads(module string) bool {
	return slices.ContainsFunc(c.cfg.Loads, func(m *syntax.LoadModule) bool { return m.Name == module })
}

// text is a parameter as text. What is set last counts.
func (c settings) text(module, name, def string) string {
	for _, p := range c.cfg.Params {
		if p.Name != name || !slices.Contains(strings.Split(p.Modules, "|"), module) {
			continue
		}
		switch v := p.Value.(type) {
		case *syntax.StrLit:
			def = v.Value
		case *syntax.NumLit:
			def = strconv.Itoa(int(v.Value))
		}
	}
	return def
}

// url is where mi_http is asked.
func (c settings) url() string {
	ip := c.text("httpd", "ip", "127.0.0.1")
	if at := net.ParseIP(ip); at != nil && at.IsUnspecified() {
		ip = map[bool]string{true: "127.0.0.1", false: "::1"}[at.To4() != nil]
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(ip, c.text("httpd", "port", "8888")), Path: "/" + strings.Trim(c.text("mi_http", "root", "mi"), "/")}
	if c.text("httpd", "tls_cert_file", "") != "" {
		u.Scheme = "https"
	}
	if user := c.text("httpd", "auth_username", ""); user != "" {
		u.User = url.UserPassword(user, c.text("httpd", "auth_password", ""))
	}
	return u.String()
}
