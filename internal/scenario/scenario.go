package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// The modes that a line "# mode: real" or "# mode: virtual" binds a scenario to.
const (
	ModeReal    = "real"
	ModeVirtual = "virtual"
)

var modeLine = regexp.MustCompile(`(?m)^# mode: *(\S*)`)

// realStep is what memory cannot play: connections, a name server.
var realStep = regexp.MustCompile(`(?m)^(?:(?:tcp|dns) |socket=tcp:)`)

// ModeOf returns the only mode that a scenario is for; "" if it is for both.
func ModeOf(ar *txtar.Archive) (string, error) {
	m := modeLine.FindSubmatch(ar.Comment)
	switch {
	case m == nil && realStep.Match(txtar.Format(ar)):
		return ModeReal, nil
	case m == nil:
		return "", nil
	case string(m[1]) != ModeReal && string(m[1]) != ModeVirtual:
		return "", fmt.Errorf("unknown mode %q", m[1])
	}
	return string(m[1]), nil
}

// Patience bounds a wait for something that must happen; a passing scenario never
// uses it up, however slow the machine.
const Patience = 10 * time.Second

// A scene is a scenario being played.
type scene struct {
	world  World
	files  map[string]string
	target Target
	actors map[string]*actor
	order  []string      // of their names
	within time.Duration // how long a want waits
	logged int           // line of the log after the last one that log found
	answer string        // of the last management command
	dns    NameServer
}

// settle is how long the end of a scenario waits for messages that nothing asked
// for: on loopback they would be there by then.
const settle = 50 * time.Millisecond

// Play runs the steps and returns the first failure as FILE:LINE: STEP: what.
func Play(name string, ar *txtar.Archive, w World) error {
	s := &scene{world: w, files: map[string]string{}, actors: map[string]*actor{}, within: Patience}
	for _, f := range ar.Files {
		s.files[f.Name] = string(f.Data)
	}
	lines := strings.Split(string(ar.Comment), "\n")
	steps := make([][]string, len(lines))
	for i, line := range lines {
		words, err := split(line)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		steps[i] = words
		s.cast(words)
		s.announce(words)
	}
	for i, words := range steps {
		if len(words) == 0 {
			continue
		}
		if err := s.checked(s.step(words)); err != nil {
			return fmt.Errorf("%s:%d: %s: %w", name, i+1, strings.TrimSpace(lines[i]), err)
		}
	}
	for _, n := range s.order {
		if err := s.actors[n].quiet(settle); err != nil {
			return fmt.Errorf("%s: at the end: %w", name, err)
		}
	}
	return nil
}

// A verb is one kind of step.
type verb struct {
	actor bool // the first argument names one
	args  int  // at least so many arguments
	do    func(s *scene, args []string) error
}

func verbs() map[string]verb {
	all := streamVerbs()
	maps.Copy(all, manageVerbs())
	maps.Copy(all, benchVerbs())
	maps.Copy(all, digestVerbs())
	maps.Copy(all, map[string]verb{
		"start":   {false, 1, (*scene).doStart},
		"stop":    {false, 0, (*scene).doStop},
		"dns":     {false, 1, (*scene).doDNS},
		"send":    {true, 2, (*scene).doSend},
		"again":   {true, 1, (*scene).doAgain},
		"want":    {true, 2, (*scene).doWant},
		"may":     {true, 2, (*scene).doMay},
		"none":    {true, 2, (*scene).doNone},
		"have":    {true, 2, (*scene).doHave},
		"lack":    {true, 2, (*scene).doLack},
		"count":   {true, 3, (*scene).doCount},
		"reply":   {true, 2, (*scene).doReply},
		"ack":     {true, 1, (*scene).doAck},
		"cancel":  {true, 1, (*scene).doCancel},
		"request": {true, 2, (*scene).doRequest},
		"log":     {false, 1, (*scene).doLog},
		"nolog":   {false, 1, (*scene).doNoLog},
		"sleep":   {false, 1, (*scene).doSleep},
		"advance": {false, 1, (*scene).doSleep},
		"due":     {true, 3, (*scene).doDue},
		"within":  {false, 1, (*scene).doWithin},
	})
	return all
}

// cast gives the actor that a step names its socket, before anything starts: the
// configuration may name its address.
func (s *scene) cast(words []string) {
	if s.castAt(words) {
		return
	}
	if len(words) < 2 || !verbs()[words[0]].actor || s.actors[words[1]] != nil {
		return
	}
	name := words[1]
	s.enlist(name, s.world.Listen())
}

// enlist makes the actor of a name.
func (s *scene) enlist(name string, socket Socket) {
	if w, ok := s.world.(interface{ named(string, Socket) }); ok {
		w.named(name, socket)
	}
	id := strconv.FormatUint(rand.Uint64(), 36)
	s.actors[name] = &actor{
		name: name, Socket: socket, now: s.world.Time, callID: name + "-" + id, tag: id, requests: map[string]*Message{},
	}
	s.order = append(s.order, name)
}

func (s *scene) step(words []string) error {
	v, ok := verbs()[words[0]]
	if !ok {
		return fmt.Errorf("unknown step %q", words[0])
	}
	args := words[1:]
	if len(args) < v.args {
		return fmt.Errorf("%s needs %d arguments", words[0], v.args)
	}
	if v.actor && words[0] != "may" && words[0] != "at" && s.target == nil {
		return fmt.Errorf("%s before start", words[0])
	}
	var self *actor
	if v.actor {
		self = s.actors[args[0]]
	}
	for i := range args {
		args[i] = s.expand(self, args[i])
	}
	return v.do(s, args)
}

// expand replaces [proxy], [NAME] by addresses and, for an actor, [branch],
// [call_id] and [tag].
func (s *scene) expand(a *actor, text string) string {
	if s.target != nil {
		text = strings.ReplaceAll(text, "[proxy]", s.target.Address())
	}
	for name, other := range s.actors {
		text = strings.ReplaceAll(text, "["+name+"]", other.Addr())
	}
	if a != nil {
		for strings.Contains(text, "[branch]") {
			text = strings.Replace(text, "[branch]", a.newBranch(), 1)
		}
		text = strings.ReplaceAll(text, "[call_id]", a.callID)
		text = strings.ReplaceAll(text, "[tag]", a.tag)
	}
	return text
}

var word = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// split parts a line into words; quotes of either kind hold a word with spaces together
// and # begins a comment.
func split(line string) ([]string, error) {
	var words []string
	for _, w := range word.FindAllString(line, -1) {
		if strings.HasPrefix(w, "#") {
			break
		}
		if w[0] == '\'' && len(w) > 1 && w[len(w)-1] == '\'' {
			words = append(words, w[1:len(w)-1])
			continue
		}
		if strings.Count(w, `"`)%2 != 0 {
			return nil, fmt.Errorf("unbalanced quote in %q", line)
		}
		words = append(words, strings.Trim(w, `"`))
	}
	return words, nil
}

func (s *scene) doStart(args []string) error {
	config, err := s.script(args[0])
	if err != nil {
		return err
	}
	vars := s.dnsVars()
	for name, a := range s.actors {
		vars[name] = a.Addr()
	}
	if s.target, err = s.world.Start(config, vars, args[1:]); err != nil {
		return err
	}
	for _, a := range s.actors {
		a.proxy = s.target.Address()
	}
	return nil
}

// script finds a script: in the scenario, or where the world looks for it.
func (s *scene) script(name string) (string, error) {
	text, ok := s.files[name]
	r, reads := s.world.(ScriptReader)
	switch {
	case reads:
		return r.ReadScript(name, text, ok)
	case !ok:
		return "", fmt.Errorf("no file %s in the scenario", name)
	}
	return text, nil
}

func (s *scene) doStop([]string) error {
	if s.target == nil {
		return fmt.Errorf("nothing was started")
	}
	return s.target.Stop()
}

func (s *scene) doSend(args []string) error {
	a := s.actors[args[0]]
	if message, ok := s.files[args[1]]; ok {
		return a.emit(a.proxy, s.expand(a, message))
	}
	if len(args) < 3 || strings.Contains(args[1], ".") {
		return fmt.Errorf("no file %s in the scenario; a method needs a URI", args[1])
	}
	return a.request(args[1], args[2], args[3:])
}

func (s *scene) doAgain(args []string) error {
	a := s.actors[args[0]]
	if a.lastSent == nil {
		return fmt.Errorf("%s has sent nothing", a.name)
	}
	return a.SendBytes(a.lastTo, a.lastSent)
}

func (s *scene) doWant(args []string) error {
	again := slices.Contains(args[2:], "again")
	for _, w := range args[2:] {
		if w != "again" {
			return fmt.Errorf("unknown word %q", w)
		}
	}
	return s.actors[args[0]].take(args[1], again, s.within)
}

// doDue is a want that also says when.
func (s *scene) doDue(args []string) error {
	a := s.actors[args[0]]
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	again := slices.Equal(args[3:], []string{"again"})
	if !again && len(args) > 3 {
		return fmt.Errorf("unknown words %q", args[3:])
	}
	if !s.world.Exact() {
		return a.take(args[2], again, d+s.within)
	}
	if err := a.silent(d - tick); err != nil {
		return err
	}
	s.world.Pass(tick)
	return a.take(args[2], again, 0)
}

// tick is the resolution of the proxy's timers.
const tick = time.Millisecond

func (s *scene) doMay(args []string) error {
	a := s.actors[args[0]]
	a.may = append(a.may, args[1:]...)
	return nil
}

func (s *scene) doNone(args []string) error {
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	return s.actors[args[0]].silent(d)
}

// doHave checks "Header" or "Header: value" or "Header ~ regexp" of the last
// message that was wanted.
func (s *scene) doHave(args []string) error {
	m := s.actors[args[0]].last
	if m == nil {
		return fmt.Errorf("%s has received nothing", args[0])
	}
	name, test := strings.TrimSuffix(args[1], ":"), strings.Join(args[2:], " ")
	if n, v, ok := strings.Cut(args[1], ": "); ok {
		name, test = n, v
	}
	values := append(RawValues(m.Raw, name), ListValues(m.Raw, name)...)
	ok := func(v string) bool { return test == "" || v == test }
	if pattern, found := strings.CutPrefix(test, "~ "); found {
		rx, err := regexp.Compile(pattern)
		if err != nil {
			return err
		}
		ok = rx.MatchString
	}
	if name == "ruri" {
		_, rest, _ := strings.Cut(string(m.Raw), " ")
		uri, _, _ := strings.Cut(rest, " ")
		values = []string{uri}
	}
	if name == "reason" {
		line, _, _ := strings.Cut(string(m.Raw), "\r\n")
		values = []string{strings.Join(strings.SplitN(line, " ", 3)[2:], "")}
	}
	if name == "head" || name == "body" {
		head, body, _ := strings.Cut(strings.ReplaceAll(string(m.Raw), "\r\n", "\n"), "\n\n")
		values = []string{map[string]string{"head": head, "body": body}[name]}
	}
	if !slices.ContainsFunc(values, ok) {
		return fmt.Errorf("%v has %s %q\n%s", m, name, values, m.Raw)
	}
	return nil
}

func (s *scene) doLack(args []string) error {
	m := s.actors[args[0]].last
	if m == nil {
		return fmt.Errorf("%s has received nothing", args[0])
	}
	if v := RawValues(m.Raw, args[1]); len(v) > 0 {
		return fmt.Errorf("%v has %s: %q", m, args[1], v)
	}
	return nil
}

// doCount checks how many values a header has.
func (s *scene) doCount(args []string) error {
	m := s.actors[args[0]].last
	if m == nil {
		return fmt.Errorf("%s has received nothing", args[0])
	}
	if got := len(ListValues(m.Raw, args[1])); strconv.Itoa(got) != args[2] {
		return fmt.Errorf("%v has %d values of %s", m, got, args[1])
	}
	return nil
}

// doReply answers with "STATUS[/METHOD] [REASON] [HEADER…]".
func (s *scene) doReply(args []string) error {
	a := s.actors[args[0]]
	code, method, given := strings.Cut(args[1], "/")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 699 {
		return fmt.Errorf("%q is no status", args[1])
	}
	if !given {
		if a.last == nil || !a.last.IsRequest() {
			return fmt.Errorf("the last thing that %s received is no request; say %s/METHOD", a.name, code)
		}
		method = a.last.Method()
	}
	reason, headers := "Scenario", args[2:]
	if len(headers) > 0 && !strings.Contains(headers[0], ":") {
		reason, headers = headers[0], headers[1:]
	}
	return a.reply(status, method, reason, headers)
}

func (s *scene) doAck(args []string) error    { return s.actors[args[0]].ack() }
func (s *scene) doCancel(args []string) error { return s.actors[args[0]].cancel(args[1:]) }

func (s *scene) doRequest(args []string) error {
	a := s.actors[args[0]]
	a.cseq++
	return a.within(args[1], strconv.Itoa(a.cseq), args[2:])
}

func (s *scene) doLog(args []string) error {
	if s.target == nil {
		return fmt.Errorf("log before start")
	}
	_, next, err := s.target.Wait(args[0], s.logged, s.within)
	s.logged = next
	return err
}

func (s *scene) doNoLog(args []string) error {
	if s.target == nil {
		return fmt.Errorf("nolog before start")
	}
	for _, line := range s.target.Log() {
		if strings.Contains(line, args[0]) {
			return fmt.Errorf("the log has %q", line)
		}
	}
	return nil
}

func (s *scene) doSleep(args []string) error {
	d, err := time.ParseDuration(args[0])
	if err == nil {
		s.world.Pass(d)
	}
	return err
}

func (s *scene) doWithin(args []string) error {
	d, err := time.ParseDuration(args[0])
	s.within = d
	return err
}
