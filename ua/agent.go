package ua

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// answerPort is where answer listens when it is not told.
const answerPort = 5070

// An agent is a sipgo client and server on one recorded socket.
type agent struct {
	o      *options
	ladder *ladder
	ua     *sipgo.UserAgent
	client *sipgo.Client
	server *sipgo.Server
	local  net.Addr // bound address
	proxy  string   // resolved -proxy; "" without
	queue  *connQueue
	serve  func() // begins to read; call it once the server's handlers are set
	close  []func() error
}

// newAgent opens the socket.
func newAgent(o *options, w io.Writer) (*agent, error) {
	a := &agent{o: o, ladder: newLadder(w, o.verbose)}
	var peer string
	if o.target.Host != "" {
		peer = hostPort(o.target)
	}
	if o.proxy != "" {
		peer = withPort(o.proxy)
	}
	var err error
	if peer != "" {
		if peer, err = resolve(peer); err != nil {
			return nil, err
		}
	}
	if o.proxy != "" {
		a.proxy = peer
	}
	quiet := slog.New(slog.DiscardHandler)
	if a.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent("fastsips"),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {})), // the ladder shows it
	); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.ua.Close)
	if a.server, err = sipgo.NewServer(a.ua, sipgo.WithServerLogger(quiet)); err != nil {
		return nil, err
	}
	if err := a.open(peer); err != nil {
		a.Close()
		return nil, err
	}
	opts := []sipgo.ClientOption{
		sipgo.WithClientAddr(a.local.String()), sipgo.WithClientNAT(), sipgo.WithClientLogger(quiet),
	}
	if o.transport == "udp" { // one socket for everything; a stream is chosen by its peer
		opts = append(opts, sipgo.WithClientConnectionAddr(a.local.String()))
	}
	a.client, err = sipgo.NewClient(a.ua, opts...)
	a.defaults()
	return a, err
}

// open binds the address of -local, or the one from which peer is reached.
func (a *agent) open(peer string) error {
	host, port, err := a.localAddr(peer)
	if err != nil {
		return err
	}
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	if a.o.transport == "udp" {
		pc, err := net.ListenPacket("udp", addr)
		if err != nil {
			return err
		}
		a.local = pc.LocalAddr()
		rec := &recordedPacketConn{PacketConn: pc, ladder: a.ladder, reading: make(chan struct{})}
		a.close = append(a.close, rec.Close)
		a.serve = func() {
			go a.server.ServeUDP(rec) // ends when the socket is closed
			<-rec.reading
		}
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	a.local = l.Addr()
	a.queue = newConnQueue(l.Addr())
	a.close = append(a.close, a.queue.Close, l.Close)
	a.serve = func() {
		go a.accept(l)
		go a.server.ServeTCP(a.queue) // ends when the queue is closed
	}
	return nil
}

func (a *agent) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		if a.queue.push(newRecordedConn(c, a.ladder)) != nil {
			return
		}
	}
}

// connect sees to it that a stream to addr exists before sipgo would dial one
// that is not recorded. Over UDP there is nothing to do.
func (a *agent) connect(ctx context.Context, addr string) error {
	if a.queue == nil {
		return nil
	}
	if c, err := a.ua.TransportLayer().GetConnection("tcp", addr); err == nil && c != nil {
		_, err := c.TryClose() // gives the reference back
		return err
	}
	d := net.Dialer{Timeout: a.o.timeout}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	rec := newRecordedConn(conn, a.ladder)
	if err := a.queue.push(rec); err != nil {
		return err
	}
	<-rec.reading
	return nil
}

// localAddr completes -local with the address that the kernel would use.
func (a *agent) localAddr(peer string) (host string, port int, err error) {
	host = a.o.local
	if h, p, err := net.SplitHostPort(a.o.local); err == nil {
		host = h
		if port, err = strconv.Atoi(p); err != nil {
			return "", 0, fmt.Errorf("-local %q: the port is not a number", a.o.local)
		}
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return "", 0, fmt.Errorf("-local %q: give the address that peers are to reach", a.o.local)
	}
	if host != "" {
		return host, port, nil
	}
	if peer == "" {
		if port == 0 {
			port = answerPort
		}
		return "127.0.0.1", port, nil
	}
	c, err := net.Dial("udp", peer) // sends nothing; asks for the route
	if err != nil {
		return "", 0, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).IP.String(), port, nil
}

// defaults fills what depends on the bound address.
func (a *agent) defaults() {
	host, _, _ := net.SplitHostPort(a.local.String())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.o.from == "" {
		a.o.from = "sip:fastsips@" + host
	}
	from, _ := parseSIP(a.o.from) // valid: options.validate has seen it
	if a.o.user == "" {
		a.o.user = from.User
	}
	if a.o.contact == "" {
		a.o.contact = "sip:" + from.User + "@" + a.local.String()
		if a.o.transport == "tcp" {
			a.o.contact += ";transport=tcp"
		}
	}
}

// Close ends the transactions and closes the sockets.
func (a *agent) Close() {
	for _, f := range a.close {
		_ = f() // nothing is left to do about it
	}
}

// hostPort is where a request with uri goes when no route says otherwise.
func hostPort(uri sip.Uri) string {
	port := uri.Port
	if port == 0 {
		port = sip.DefaultUdpPort
	}
	return net.JoinHostPort(strings.Trim(uri.Host, "[]"), strconv.Itoa(port))
}

// withPort adds SIP's port to a host without one.
func withPort(addr string) string {
	if _, _, err := net.SplitHostPort(addr); err == nil {
		return addr
	}
	return net.JoinHostPort(strings.Trim(addr, "[]"), strconv.Itoa(sip.DefaultUdpPort))
}

func resolve(addr string) (string, error) {
	u, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}
