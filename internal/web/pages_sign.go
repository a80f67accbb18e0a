package web

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/page"
)

func (v *Server) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := local(r.URL.Query().Get("next"))
	if _, err := v.actor(r); err == nil {
		return see(w, r, next)
	}
	return v.render(w, r, http.StatusOK, v.signInView(r, next))
}

func (v *Server) signInView(r *http.Request, next string) *page.SignIn {
	return &page.SignIn{Base: v.frame(r, nil), Next: next, MaySign: v.options.Registration == RegistrationOpen}
}

func (v *Server) signInForm(w http.ResponseWriter, r *http.Request) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	next := local(values.Get("next"))
	user, err := v.signIn(r, values.Get("name"), values.Get("password"))
	if err == nil {
		if err := v.startSession(w, r, user); err != nil {
			return err
		}
		return see(w, r, next)
	}
	view := v.signInView(r, next)
	view.Name = values.Get("name")
	var status int
	if view.Error, status, err = v.refused(w, r, err); err != nil {
		return err
	}
	return v.render(w, r, status, view)
}

func (v *Server) signUpPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	view, err := v.signUpView(r, query.Get("setup"), local(query.Get("next")))
	if err != nil {
		return err
	}
	return v.render(w, r, http.StatusOK, view)
}

// signUpView says at once where an account can't be made this way, before
// anybody fills in a form for nothing.
func (v *Server) signUpView(r *http.Request, setup, next string) (*page.SignUp, error) {
	owned, err := v.store.Owned(r.Context())
	if err != nil {
		return nil, err
	}
	view := &page.SignUp{Base: v.frame(r, nil), Setup: setup, Next: next, First: !owned}
	reason := ""
	switch {
	case setup != "":
	case !owned && !v.options.AtHome(r):
		reason, view.First = "setup_first", false
	case !owned:
	case v.options.Registration == RegistrationInvite:
		reason = "invite_needed"
	case v.options.Registration == RegistrationClosed:
		reason = "registration_closed"
	}
	if reason != "" {
		view.Shut, view.Error = true, v.pages.Text(view.Lang, "error."+reason)
	}
	return view, nil
}

func (v *Server) signUpForm(w http.ResponseWriter, r *http.Request) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	display, setup := values.Get("display_name"), values.Get("setup")
	user, err := v.createAccount(r, signUp{
		Name: values.Get("name"), Password: values.Get("password"), DisplayName: &display, Setup: &setup,
	})
	next := local(values.Get("next"))
	if err == nil {
		if err := v.startSession(w, r, user); err != nil {
			return err
		}
		if next == "/" {
			next = "/rooms/" + chat.Lobby
		}
		return see(w, r, next)
	}
	text, status, err := v.refused(w, r, err)
	if err != nil {
		return err
	}
	view, err := v.signUpView(r, setup, next)
	if err != nil {
		return err
	}
	view.Name, view.DisplayName, view.Error = values.Get("name"), display, text
	return v.render(w, r, status, view)
}

func (v *Server) signOutForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	if values.Get("all") != "" {
		if err := v.store.CloseSessions(r.Context(), actor); err != nil {
			return err
		}
	}
	if err := v.endSession(w, r); err != nil {
		return err
	}
	return see(w, r, "/sign-in")
}
