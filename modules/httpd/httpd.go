// Package httpd is OpenSIPS's httpd module: an HTTP server for other modules, which
// register what they answer under a root of their own.
//
// It runs on goroutines of its own and never touches an event loop; who answers asks the
// loops as any management does. Connections, requests and their time are bounded. By
// itself it answers nothing but 404.
package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded httpd.
type Module struct {
	ip                  string
	port                int
	timeout             time.Duration
	answerSize          int
	requestSize         int
	connections         int
	certFile, keyFile   string
	realm, user, secret string
	roots               []root
	server              *fasthttp.Server
	listener            net.Listener
	ended               chan error
	ctx                 context.Context // ends when the module is closed
	stop                context.CancelFunc
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters and the command.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.String(&m.ip, "ip", "127.0.0.1", "address to listen on; whoever reaches it may ask")
	p.IntRange(&m.port, "port", 8888, 1, 65535, "port to listen on")
	p.Seconds(&m.timeout, "conn_timeout", 30*time.Second, "seconds for a request to arrive, for its answer to leave, and between two requests of a connection; 0: 30")
	p.IntRange(&m.answerSize, "buf_size", 0, 0, 1<<30, "bytes that an answer may have; a longer one becomes a 500; 0: 64 MiB")
	p.IntRange(&m.requestSize, "max_request_size", 1<<20, 1024, 1<<30, "bytes that the body of a request may have")
	p.IntRange(&m.connections, "max_connections", 64, 1, 10000, "connections at a time; more are told 503")
	p.String(&m.certFile, "tls_cert_file", "", "certificate chain, PEM; with it only TLS is spoken, 1.2 or better")
	p.String(&m.keyFile, "tls_key_file", "", "its private key, PEM")
	p.String(&m.realm, "auth_realm", "OpenSIPS MI", "realm of the basic authentication")
	p.String(&m.user, "auth_username", "", "who may ask; empty: everybody")
	p.String(&m.secret, "auth_password", "", "the password")
	p.Ignored("tls_ciphers", "those of TLS 1.2 and 1.3 that are taken to be safe are offered")
	p.Ignored("post_buf_size", "a request is read as it comes; max_request_size bounds it")
	p.Ignored("receive_buf_size", "a request is read as it comes; max_request_size bounds it")
	e.Commands = []*mi.Command{{Name: "httpd:list_root_path", Aliases: []string{"httpd_list_root_path"},
		Doc: "List the paths that are answered, and by which module.", Recipes: []mi.Recipe{mi.Recipe0(m.list)}}}
}

// Start listens, so that two processes do not start on one port. Nobody is answered yet.
func (m *Module) Start(e *module.Env) (err error) {
	if (m.user == "") != (m.secret == "") {
		return errors.New("auth_username and auth_password go together")
	}
	if m.timeout <= 0 {
		m.timeout = 30 * time.Second
	}
	m.listener, err = net.Listen("tcp", net.JoinHostPort(m.ip, strconv.Itoa(m.port)))
	if err != nil {
		return err
	}
	if err := m.secure(); err != nil {
		return err
	}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.server = &fasthttp.Server{
		Handler: m.serve, Name: "fastsips", Concurrency: m.connections,
		ReadTimeout: m.timeout, WriteTimeout: m.timeout, IdleTimeout: m.timeout,
		MaxRequestBodySize: m.requestSize, ReadBufferSize: 16 << 10, // of all header fields
		CloseOnShutdown: true, Logger: quiet{}, ErrorHandler: broken,
	}
	return nil
}

// broken answers what is no request.
func broken(c *fasthttp.RequestCtx, err error) {
	status := fasthttp.StatusBadRequest
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		status = fasthttp.StatusRequestEntityTooLarge
	}
	c.Error(fasthttp.StatusMessage(status), status)
}

// quiet is the log of what strangers get wrong.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

func (m *Module) secure() error {
	if m.certFile == "" && m.keyFile == "" {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(m.certFile, m.keyFile)
	if err != nil {
		return fmt.Errorf("tls_cert_file, tls_key_file: %w", err)
	}
	m.listener = tls.NewListener(m.listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	return nil
}

// Open begins to answer.
func (m *Module) Open(e *module.Env) error {
	m.ended = make(chan error, 1)
	go func() { m.ended <- m.server.Serve(m.listener) }()
	e.Shared.(*proxy.Core).Group.Logger().Info("httpd listens", "address", m.Addr())
	return nil
}

// Addr is where it listens.
func (m *Module) Addr() string { return m.listener.Addr().String() }

// patience is how long Close waits for answers that are under way.
const patience = 3 * time.Second

// Close ends the server.
func (m *Module) Close() error {
	switch {
	case m.listener == nil:
		return nil
	case m.ended == nil:
		if m.stop != nil {
			m.stop()
		}
		return m.listener.Close()
	}
	m.stop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := m.server.ShutdownWithContext(ctx)
	<-m.ended
	return err
}
