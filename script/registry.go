package script

// NewRegistry returns a registry with the language's own functions, variables
// and transformations.
func NewRegistry() *Registry {
	r := &Registry{
		Funcs:      map[string]*Func{},
		Vars:       map[string]*Var{},
		Transforms: map[string]*TransformDef{},
		Modules:    map[string]bool{},
		Known:      map[string]string{},
		avps:       newNames(),
		vars:       newNames(),
	}
	r.AddFuncs(languageFuncs()...)
	r.AddVars(languageVars(r)...)
	r.AddTransforms(stringTransforms()...)
	r.AddTransforms(hashTransforms()...)
	r.AddTransforms(escapeTransforms()...)
	r.AddTransforms(listTransforms()...)
	r.AddTransforms(sipTransforms()...)
	r.AddTransforms(ipTransforms()...)
	r.AddTransforms(viaTransforms()...)
	r.AddTransforms(sdpTransforms()...)
	r.AddTransforms(evalTransform(), substTransform())
	return r
}

// AddFuncs adds the functions of one module. A name that is taken stays with
// whoever came first: the core, then modules in load order. It panics if the
// module itself has a name twice.
func (r *Registry) AddFuncs(list ...*Func) {
	mine := map[string]bool{}
	for _, f := range list {
		add(r.Funcs, mine, f.Name, f)
		for _, a := range f.Aliases {
			add(r.Funcs, mine, a, f)
		}
	}
}

// AddVars adds the variables of one module; see AddFuncs.
func (r *Registry) AddVars(list ...*Var) {
	mine := map[string]bool{}
	for _, v := range list {
		add(r.Vars, mine, v.Name, v)
		for _, a := range v.Aliases {
			add(r.Vars, mine, a, v)
		}
	}
}

// AddTransforms adds the transformations of one module; see AddFuncs.
func (r *Registry) AddTransforms(list ...*TransformDef) {
	mine := map[string]bool{}
	for _, t := range list {
		add(r.Transforms, mine, t.Class+"."+t.Name, t)
	}
}

func add[T any](to map[string]T, mine map[string]bool, name string, x T) {
	if mine[name] {
		panic("BUG: " + name + " is declared twice")
	}
	mine[name] = true
	if _, taken := to[name]; !taken {
		to[name] = x
	}
}

// AVPID returns the number by which an AVPs knows a name. It is for loading
// time: a module that uses an $avp of its own asks once.
func (r *Registry) AVPID(name string) int32 { return r.avps.id(name) }

// InitVar makes v the value that $var(name) has when a run begins. Call it before the
// script is compiled.
func (r *Registry) InitVar(name string, v Value) {
	id := int(r.vars.id(name))
	for len(r.initial) <= id {
		r.initial = append(r.initial, Null)
	}
	r.initial[id] = v
}
