package ua

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// options is what a command line says.
type options struct {
	target    sip.Uri // the positional argument
	from      string  // URI; empty: sip:fastsips@ our address
	proxy     string  // host[:port] that requests outside a dialog are sent to; empty: the target's
	local     string  // address to bind; empty: the one that routes to the peer
	user      string  // for digest; empty: the user of from
	password  string
	contact   string        // URI; empty: our address
	transport string        // "udp" or "tcp"
	headers   headerList    // extra header lines
	timeout   time.Duration // until the final answer
	hold      time.Duration // how long an answered call lasts
	expires   int           // seconds
	verbose   bool

	// answer only
	ring     time.Duration // how long it rings
	code     int           // final answer
	register string        // address of record to register while answering
	count    int           // calls to answer; 0: no end
}

// headerList collects -H.
type headerList []string

func (h *headerList) String() string { return strings.Join(*h, ", ") }

func (h *headerList) Set(line string) error {
	if name, _, ok := strings.Cut(line, ":"); !ok || strings.TrimSpace(name) == "" || strings.ContainsAny(line, "\r\n") {
		return errors.New("want \"Name: value\"")
	}
	*h = append(*h, line)
	return nil
}

// newFlags declares the options that c takes. A second, short name is given to
// those that are typed often.
func newFlags(c command, o *options) *flag.FlagSet {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	str := func(p *string, def, usage string, names ...string) {
		for _, n := range names {
			fs.StringVar(p, n, def, usage)
		}
	}
	str(&o.from, "", "`URI` of the caller or the one who registers", "from", "f")
	str(&o.proxy, "", "send to this `host:port`, whatever the URI says", "proxy", "to", "p")
	str(&o.local, "", "local `address` to bind: host, :port or host:port", "local", "l")
	str(&o.user, "", "digest `user` (default: the user of -from)", "user", "u")
	str(&o.password, "", "digest `password`", "password", "P")
	str(&o.contact, "", "Contact `URI` (default: our own address)", "contact")
	str(&o.transport, "", "`udp` or tcp (default: the URI's, else udp)", "transport", "T")
	for _, n := range []string{"H", "header"} {
		fs.Var(&o.headers, n, "extra header `\"Name: value\"`; may be repeated")
	}
	for _, n := range []string{"timeout", "t"} {
		fs.DurationVar(&o.timeout, n, 32*time.Second, "how long to wait for the final answer")
	}
	for _, n := range []string{"verbose", "v"} {
		fs.BoolVar(&o.verbose, n, false, "print whole messages")
	}
	switch c.name {
	case "call":
		fs.DurationVar(&o.hold, "hold", time.Second, "how long the call stays up")
	case "register":
		fs.IntVar(&o.expires, "expires", 3600, "`seconds`; 0 removes the binding")
	case "answer":
		fs.DurationVar(&o.hold, "hold", 0, "hang up after this; 0 waits for the caller to do it")
		fs.DurationVar(&o.ring, "ring", 500*time.Millisecond, "how long to ring; 0 answers at once")
		fs.IntVar(&o.code, "code", 200, "final `status` to answer with")
		fs.StringVar(&o.register, "register", "", "register this `URI` while answering")
		fs.IntVar(&o.expires, "expires", 3600, "`seconds` that -register asks for")
		fs.IntVar(&o.count, "count", 0, "end after so many calls; 0 never ends")
	}
	return fs
}

// parseOptions reads args, in which options may also follow the URI.
func parseOptions(c command, args []string) (*options, error) {
	o := new(options)
	fs := newFlags(c, o)
	var pos []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) == 0 {
			break
		}
		pos, args = append(pos, args[0]), args[1:]
	}
	if err := o.setTarget(c, pos); err != nil {
		return nil, err
	}
	return o, o.validate()
}

func (o *options) setTarget(c command, pos []string) error {
	switch {
	case c.args == "" && len(pos) == 0:
		return o.answerTarget()
	case c.name == "register" && len(pos) == 0 && o.from != "":
		pos = []string{o.from}
	case c.args == "" || len(pos) > 1:
		return fmt.Errorf("unexpected argument %q", pos[len(pos)-1])
	case len(pos) == 0:
		return fmt.Errorf("missing argument: %s", c.args)
	}
	uri, err := parseSIP(pos[0])
	if err != nil {
		return err
	}
	if c.name == "register" && uri.User == "" {
		return fmt.Errorf("%q names no user", pos[0])
	}
	o.target = uri
	return nil
}

// answerTarget lets the address of record stand for the peer, which decides what
// local address is used.
func (o *options) answerTarget() error {
	if o.register == "" {
		return nil
	}
	uri, err := parseSIP(o.register)
	o.target = uri
	return err
}

func (o *options) validate() error {
	if o.transport == "" {
		o.transport = "udp"
		if t, ok := o.target.UriParams.Get("transport"); ok {
			o.transport = t
		}
	}
	o.transport = strings.ToLower(o.transport)
	if o.transport != "udp" && o.transport != "tcp" {
		return fmt.Errorf("transport %q: want udp or tcp", o.transport)
	}
	for _, uri := range []string{o.from, o.contact} {
		if uri == "" || uri == "*" {
			continue
		}
		if _, err := parseSIP(uri); err != nil {
			return err
		}
	}
	if o.timeout <= 0 {
		return errors.New("-timeout must be positive")
	}
	if o.code != 0 && (o.code < 200 || o.code > 699) {
		return fmt.Errorf("-code %d: want a final status, 200 to 699", o.code)
	}
	if o.expires < 0 || o.count < 0 || o.hold < 0 || o.ring < 0 {
		return errors.New("a number or duration is negative")
	}
	return nil
}

// parseSIP reads a sip: URI with a host.
func parseSIP(text string) (sip.Uri, error) {
	var uri sip.Uri
	if err := sip.ParseUri(text, &uri); err != nil {
		return uri, fmt.Errorf("%q: %w", text, err)
	}
	if !strings.EqualFold(uri.Scheme, "sip") || uri.Host == "" {
		return uri, fmt.Errorf("%q is not a sip: URI with a host", text)
	}
	return uri, nil
}
