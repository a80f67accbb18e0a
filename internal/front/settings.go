package front

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

func (f Front) shortcutsPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return f.Render(w, r, http.StatusOK, &page.Shortcuts{Base: f.Frame(r, &actor)})
}

func (f Front) settingsPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	view, err := f.settingsView(r, actor)
	if err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, view)
}

func (f Front) settingsView(r *http.Request, actor chat.Actor) (*page.Settings, error) {
	tokens, err := f.Store.Tokens(r.Context(), actor)
	if err != nil {
		return nil, err
	}
	view := &page.Settings{Base: f.Frame(r, &actor), Tokens: tokens, DisplayName: actor.DisplayName}
	view.Here = "/settings"
	return view, nil
}

func (f Front) settingsForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	user, err := f.Rename(r, actor, values.Get("display_name"))
	if err == nil {
		actor.User = user
	}
	view, failed := f.settingsView(r, actor)
	if failed != nil {
		return failed
	}
	view.DisplayName = values.Get("display_name")
	if err == nil {
		view.DisplayName, view.Saved = user.DisplayName, f.Pages.Text(view.Lang, "settings.saved")
	}
	return f.again(w, r, err, view)
}

func (f Front) passwordForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	err = f.ChangePassword(r, actor, values.Get("old"), values.Get("new"))
	view, failed := f.settingsView(r, actor)
	if failed != nil {
		return failed
	}
	if err == nil {
		view.Saved = f.Pages.Text(view.Lang, "settings.password_saved")
	}
	return f.again(w, r, err, view)
}

// tokensForm makes a token or withdraws one. A new one is on this one page and
// nowhere else, so the answer is the page itself.
func (f Front) tokensForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	if id, ok := chat.ParseSeq(values.Get("withdraw")); ok {
		if err := f.Store.WithdrawToken(r.Context(), actor, id); err != nil {
			return err
		}
		return door.See(w, r, "/settings")
	}
	_, secret, err := f.MakeToken(r, actor, values.Get("label"))
	view, failed := f.settingsView(r, actor)
	if failed != nil {
		return failed
	}
	if view.Secret = secret; err != nil {
		view.Secret, view.Label = "", values.Get("label")
	}
	return f.again(w, r, err, view)
}

// manifest describes the pages as an application that can be installed.
func (f Front) manifest(w http.ResponseWriter, r *http.Request) error {
	text, err := f.Pages.Manifest(f.Language(r))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/manifest+json")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	_, err = w.Write(text)
	return err
}

// choiceForm keeps what a reader chose of how pages look, for this browser.
func (f Front) choiceForm(w http.ResponseWriter, r *http.Request) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	for _, name := range page.Choices() {
		if value := values.Get(name); page.Offered(name, value) {
			http.SetCookie(w, &http.Cookie{
				Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60,
				HttpOnly: true, Secure: f.Options.Secure(r), SameSite: http.SameSiteLaxMode,
			})
		}
	}
	return door.See(w, r, door.Local(values.Get("next")))
}
