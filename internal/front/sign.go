package front

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

func (f Front) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := door.Local(r.URL.Query().Get("next"))
	if _, err := f.Actor(r); err == nil {
		return door.See(w, r, next)
	}
	return f.Render(w, r, http.StatusOK, f.signInView(r, next))
}

func (f Front) signInView(r *http.Request, next string) *page.SignIn {
	return &page.SignIn{Base: f.Frame(r, nil), Next: next, MaySign: f.Options.Registration == door.RegistrationOpen}
}

func (f Front) signInForm(w http.ResponseWriter, r *http.Request) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	next := door.Local(values.Get("next"))
	user, err := f.SignIn(r, values.Get("name"), values.Get("password"))
	if err == nil {
		if err := f.StartSession(w, r, user); err != nil {
			return err
		}
		return door.See(w, r, next)
	}
	view := f.signInView(r, next)
	view.Name = values.Get("name")
	return f.again(w, r, err, view)
}

func (f Front) signUpPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	view, err := f.signUpView(r, query.Get("setup"), door.Local(query.Get("next")))
	if err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, view)
}

// signUpView says at once where an account can't be made this way, before
// anybody fills in a form for nothing.
func (f Front) signUpView(r *http.Request, setup, next string) (*page.SignUp, error) {
	owned, err := f.Store.Owned(r.Context())
	if err != nil {
		return nil, err
	}
	view := &page.SignUp{Base: f.Frame(r, nil), Setup: setup, Next: next, First: !owned}
	reason := ""
	switch {
	case setup != "":
	case !owned && !f.Options.AtHome(r):
		reason, view.First = "setup_first", false
	case !owned:
	case f.Options.Registration == door.RegistrationInvite:
		reason = "invite_needed"
	case f.Options.Registration == door.RegistrationClosed:
		reason = "registration_closed"
	}
	if reason != "" {
		view.Shut, view.Error = true, f.Pages.Text(view.Lang, "error."+reason)
	}
	return view, nil
}

func (f Front) signUpForm(w http.ResponseWriter, r *http.Request) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	display, setup := values.Get("display_name"), values.Get("setup")
	user, err := f.CreateAccount(r, door.SignUp{
		Name: values.Get("name"), Password: values.Get("password"), DisplayName: &display, Setup: &setup,
	})
	next := door.Local(values.Get("next"))
	if err == nil {
		if err := f.StartSession(w, r, user); err != nil {
			return err
		}
		if next == "/" {
			next = "/rooms/" + chat.Lobby
		}
		return door.See(w, r, next)
	}
	view, failed := f.signUpView(r, setup, next)
	if failed != nil {
		return failed
	}
	view.Name, view.DisplayName = values.Get("name"), display
	return f.again(w, r, err, view)
}

func (f Front) signOutForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	end := f.EndSession
	if values.Get("all") != "" {
		end = func(w http.ResponseWriter, r *http.Request) error { return f.EndSessions(w, r, actor) }
	}
	if err := end(w, r); err != nil {
		return err
	}
	return door.See(w, r, "/sign-in")
}
