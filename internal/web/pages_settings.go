package web

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/page"
)

func (v *Server) settingsPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	view, err := v.settingsView(r, actor)
	if err != nil {
		return err
	}
	return v.render(w, r, http.StatusOK, view)
}

func (v *Server) settingsView(r *http.Request, actor chat.Actor) (*page.Settings, error) {
	tokens, err := v.store.Tokens(r.Context(), actor)
	if err != nil {
		return nil, err
	}
	view := &page.Settings{Base: v.frame(r, &actor), Tokens: tokens, DisplayName: actor.DisplayName}
	view.Here = "/settings"
	return view, nil
}

// settingsAgain shows the settings after a form: with what was wrong with it,
// or that it is saved.
func (v *Server) settingsAgain(w http.ResponseWriter, r *http.Request, actor chat.Actor, wrong error, fill func(*page.Settings)) error {
	status := http.StatusOK
	var text string
	if wrong != nil {
		var err error
		if text, status, err = v.refused(w, r, wrong); err != nil {
			return err
		}
	}
	view, err := v.settingsView(r, actor)
	if err != nil {
		return err
	}
	view.Error = text
	fill(view)
	return v.render(w, r, status, view)
}

func (v *Server) settingsForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	user, err := v.store.Rename(r.Context(), actor, values.Get("display_name"))
	if err == nil {
		actor.User = user
	}
	return v.settingsAgain(w, r, actor, err, func(view *page.Settings) {
		view.DisplayName = values.Get("display_name")
		if err == nil {
			view.DisplayName, view.Saved = user.DisplayName, v.pages.Text(view.Lang, "settings.saved")
		}
	})
}

func (v *Server) passwordForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	err = v.changePassword(r, actor, values.Get("old"), values.Get("new"))
	return v.settingsAgain(w, r, actor, err, func(view *page.Settings) {
		if err == nil {
			view.Saved = v.pages.Text(view.Lang, "settings.password_saved")
		}
	})
}

// tokensForm makes a token or withdraws one. A new one is on this one page and
// nowhere else, so the answer is the page itself.
func (v *Server) tokensForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := v.form(w, r)
	if err != nil {
		return err
	}
	if id, ok := chat.ParseSeq(values.Get("withdraw")); ok {
		if err := v.store.WithdrawToken(r.Context(), actor, id); err != nil {
			return err
		}
		return see(w, r, "/settings")
	}
	_, secret, err := v.makeToken(r, actor, values.Get("label"))
	return v.settingsAgain(w, r, actor, err, func(view *page.Settings) {
		if view.Secret = secret; err != nil {
			view.Secret, view.Label = "", values.Get("label")
		}
	})
}
