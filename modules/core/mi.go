package core

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// commands are the management commands of OpenSIPS's core. They run on a management
// goroutine.
func commands(e *module.Env) []*mi.Command {
	m := management{core: sharedCore(e), env: e}
	list := []*mi.Command{
		{Name: "core:which", Doc: "List the commands; those of a module (which dialog:); or the parameters of one command.", Recipes: []mi.Recipe{
			mi.Recipe0(m.which), mi.Recipe1(mi.Str("command", "a command, or a module and a colon"), m.whichOf)}},
		{Name: "core:help", Doc: "Say what a command does.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				return "Usage: help mi_cmd - returns information about 'mi_cmd'", nil
			}),
			mi.Recipe1(mi.Str("mi_cmd", "a command"), m.help)}},
		{Name: "core:version", Doc: "Say which program this is.", Recipes: []mi.Recipe{
			mi.Recipe0(m.version), mi.Recipe1(mi.Str("revision", "any text: the revision is shown as well"), m.revision)}},
		{Name: "core:uptime", Doc: "Say since when fastsips runs.", Recipes: []mi.Recipe{mi.Recipe0(m.uptime)}},
		{Name: "core:pwd", Doc: "Say in which folder fastsips runs.", Recipes: []mi.Recipe{mi.Recipe0(m.pwd)}},
		{Name: "core:arg", Doc: "List the arguments that fastsips was started with.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return append([]string{}, m.core.Control.Args...), nil })}},
		{Name: "core:ps", Doc: "List the event loops. They are one process.", Recipes: []mi.Recipe{mi.Recipe0(m.ps)}},
		{Name: "core:kill", Doc: "End fastsips as SIGTERM does: what is under way is finished.", Recipes: []mi.Recipe{mi.Recipe0(m.kill)}},
		{Name: "core:reload_routes", Doc: "Replace the script by what its file says now. A broken one is refused, with what is wrong.", Recipes: []mi.Recipe{
			mi.Recipe0(m.reload)}},
	}
	list = append(append(list, m.logCommands()...), m.tcpCommands()...)
	list = append(append(list, m.statCommands()...), m.eventCommands()...)
	list = append(list, m.loopCommands()...)
	list = append(list, append(m.asyncCommands(), m.cacheCommands()...)...)
	list = append(append(list, m.blacklistCommands()...), m.reportCommands()...)
	return append(append(list, m.memoryCommands()...), m.absentCommands()...)
}

// management is what commands work on.
type management struct {
	core *proxy.Core
	env  *module.Env
}

func (m management) which(context.Context) (any, error) {
	names := []string{}
	for _, c := range m.env.Management().List() {
		names = append(names, c.Name)
	}
	return names, nil
}

// whichOf lists the recipes of a command, each with its parameters, or the commands of
// "module:".
func (m management) whichOf(_ context.Context, name string) (any, error) {
	if strings.HasSuffix(name, ":") {
		var names []string
		for _, c := range m.env.Management().List() {
			if strings.HasPrefix(c.Name, name) {
				names = append(names, c.Name)
			}
		}
		if names == nil {
			return nil, unknownCommand()
		}
		return names, nil
	}
	c, err := m.env.Management().Find(name)
	if err != nil {
		return nil, unknownCommand()
	}
	recipes := [][]string{}
	for _, r := range c.Recipes {
		params := []string{}
		for _, p := range r.Params {
			params = append(params, p.Name)
		}
		recipes = append(recipes, params)
	}
	return recipes, nil
}

func unknownCommand() *mi.Error { return mi.Errorf(404, "unknown MI command") }

func (m management) help(_ context.Context, name string) (any, error) {
	c, err := m.env.Management().Find(name)
	if err != nil {
		return nil, unknownCommand()
	}
	return mi.Object{{Name: "Help", Value: c.Doc}, {Name: "Exported by", Value: c.Module()}}, nil
}

func (m management) server() mi.Member {
	return mi.Member{Name: "Server", Value: fmt.Sprintf("fastsips (%s (%s/%s))", m.core.Control.Version, runtime.GOARCH, runtime.GOOS)}
}

func (m management) version(context.Context) (any, error) { return mi.Object{m.server()}, nil }

func (m management) revision(context.Context, string) (any, error) {
	return mi.Object{m.server(), {Name: "Git", Value: revision()}}, nil
}

func (m management) uptime(context.Context) (any, error) {
	now, since := time.Now(), m.core.Control.Started
	return mi.Object{
		{Name: "Now", Value: now.Format(time.ANSIC)},
		{Name: "Up since", Value: since.Format(time.ANSIC)},
		{Name: "Up time", Value: fmt.Sprintf("%d [sec]", int64(now.Sub(since).Seconds()))},
	}, nil
}

func (m management) pwd(context.Context) (any, error) {
	dir, err := os.Getwd()
	return mi.Object{{Name: "WD", Value: dir}}, err
}

func (m management) ps(context.Context) (any, error) {
	type process struct {
		ID   int
		PID  int
		Type string
	}
	list := []process{{0, os.Getpid(), "management"}}
	for i := range m.core.Group.Len() {
		list = append(list, process{i + 1, os.Getpid(), fmt.Sprintf("event loop %d", i)})
	}
	return mi.Object{{Name: "Processes", Value: list}}, nil
}

func (m management) kill(context.Context) (any, error) {
	if m.core.Control.Stop == nil {
		return nil, mi.Errorf(500, "cannot be stopped")
	}
	m.core.Control.Stop()
	return mi.OK, nil
}

func (m management) reload(context.Context) (any, error) {
	if m.core.Control.Reload == nil {
		return nil, mi.Errorf(500, "cannot reload")
	}
	notes, err := m.core.Control.Reload()
	if err != nil {
		return nil, mi.Errorf(500, "reload failed").With(err.Error())
	}
	if notes != "" {
		return mi.Object{{Name: "Status", Value: mi.OK}, {Name: "Notes", Value: strings.Split(notes, "\n")}}, nil
	}
	return mi.OK, nil
}
