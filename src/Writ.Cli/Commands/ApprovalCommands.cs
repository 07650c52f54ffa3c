using Writ.Approvals;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Keys;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Cli.SigningIn;
using Writ.Requests;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>Deciding what waits. What is signed is made here, from what was shown, never by the server.</summary>
static class ApprovalCommands
{
    static readonly TimeSpan _approvalLife = TimeSpan.FromMinutes(30);

    public static int Inbox(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var shown = new HashSet<string>(StringComparer.Ordinal);
        Take();
        if (typed.Has("--watch"))
            plane.Listen("/v1/events", name =>
            {
                if (name is "request" or "change" or "held")
                    Take();
            });
        else if (shown.Count == 0 && !typed.Json)
            Screen.Say("Nothing waits for you.");
        if (!typed.Json && !typed.Has("--watch"))
            Findings(plane);
        return Exits.Ok;

        void Take()
        {
            var items = plane.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem);
            var fresh = items.Where(i => shown.Add(i.Id)).ToArray();
            if (typed.Json)
            {
                Screen.PrintJson(items, ApiJson.Default.ImmutableArrayInboxItem);
                return;
            }
            var now = TimeProvider.System.GetUtcNow();
            if (fresh.Length > 0)
                Screen.Show(new Page().Table([.. fresh.Select(i => Row(i, now))]), asMessage: false);
        }
    }

    // It waits for somebody as well, if for no decision.
    static void Findings(ControlPlane plane)
    {
        var open = plane.Get("/v1/findings", ApiJson.Default.ImmutableArrayFindingView).Length;
        if (open > 0)
            Screen.Say(open == 1 ? "One finding is open: writ findings" : $"{open} findings are open: writ findings");
    }

    public static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var id = typed.Id<RequestId>().Value;
        if (IsChange(id))
        {
            var change = plane.Get($"/v1/changes/{id}", ApiJson.Default.ChangeView);
            if (typed.Json)
                Screen.PrintJson(change, ApiJson.Default.ChangeView);
            else
                Screen.Show(ChangeScreen.Of(change, change is { DocumentDigest: { } digest, DocumentText: not null }
                    ? ComparedDocuments.Of(plane, change.DocumentText, digest)
                    : null, TimeProvider.System.GetUtcNow()), asMessage: false);
            return Exits.Ok;
        }
        var view = plane.Get($"/v1/requests/{id}", ApiJson.Default.RequestView);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.RequestView);
        else
            Screen.Show(RequestScreen.Of(view, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
    }

    public static int Approve(Typed typed) => Dispose(typed, approves: true);

    public static int Refuse(Typed typed) => Dispose(typed, approves: false);

    /// <summary>A digest as it is spelled everywhere; nothing else is ever put into a text that is signed.</summary>
    public static bool IsDigest(string? text) =>
        text is { Length: 71 } && text.StartsWith("sha256:", StringComparison.Ordinal)
        && text.Skip(7).All(char.IsAsciiHexDigitLower);

    public static string Reason(Typed typed, bool approves) =>
        typed.Value("--reason") is { Length: > 0 } reason ? reason
        : approves ? ""
        : throw typed.Misused("a refusal says why; --reason is missing");

    /// <summary>Who cannot see the screen has to say what is approved, so that it cannot be something else.</summary>
    /// <param name="source">The command that prints the digest.</param>
    public static void RequireNamed(
        Typed typed, string digest, bool approves, string source = "writ show --json")
    {
        var named = typed.Value("--digest");
        if (named is null && approves && !Screen.IsInteractive)
            throw typed.Misused(
                $"without a terminal --digest has to name exactly what is approved; {source} prints it");
        if (named is not null && named != digest)
            throw new CliFaultException(Exits.Refused, "approval.other-request",
                $"--digest names something else than what waits ({digest}); nothing was signed");
    }

    /// <summary>With a passphrase file nothing else would be asked on a terminal.</summary>
    public static void AskOnce(ClientSettings settings, string id, bool approves)
    {
        var word = approves ? "approve" : "refuse";
        if (settings.PassphraseFile is not null && Screen.IsInteractive && !Screen.Agrees($"{word} {id}?"))
            throw CliFaultException.Error("cli.cancelled", "nothing was signed");
    }

    static int Dispose(Typed typed, bool approves)
    {
        var settings = new ClientSettings(typed);
        var id = typed.Id<RequestId>();
        var reason = Reason(typed, approves);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        if (IsChange(id.Value))
            return ChangeCommands.Review(typed, plane, settings, new ChangeId(id.Value), approves);
        var view = plane.Get($"/v1/requests/{id}", ApiJson.Default.RequestView);
        RequireHonest(settings, id, view);
        if (view.State != "waiting" || view.Verdict is not { } verdict)
            throw new CliFaultException(Exits.Error, "approval.not-needed",
                $"request {id} is {view.State}{(view.Code is { } code ? $" ({code})" : "")}; nobody has to decide it");
        RequireNamed(typed, view.Digest, approves);
        Screen.Show(RequestScreen.Of(view, TimeProvider.System.GetUtcNow()), asMessage: true);
        if (approves && view.MayNot is { } mayNot)
            throw new CliFaultException(Exits.Refused, mayNot.Code, mayNot.Why);
        AskOnce(settings, id.Value, approves);
        var person = settings.Person;
        var word = approves ? "approve" : "refuse";
        using var key = DeviceKeyFile.Open(
            settings.KeyPath(person), Passphrase.Get(settings, $"of {person} to {word} {id}"));
        var document = new ApprovalDocument(
            settings.Realm, id, view.Digest, verdict.PolicyDigest, view.Earlier, person, approves, reason,
            Moments.Whole(TimeProvider.System.GetUtcNow() + _approvalLife));
        var signature = key.Sign(document.Render());
        var idToken = approves && StepUp(plane) is { } provider
            ? ProviderSignIn.IdToken(provider, Identity.Digests.Jose(document.Render()), fresh: true)
            : null;
        var after = plane.Post($"/v1/requests/{id}/dispose",
            new DisposeRequest(document.RequestDigest, document.PolicyDigest, document.Earlier, approves, reason,
                document.ExpiresAt, signature, idToken),
            ApiJson.Default.DisposeRequest, ApiJson.Default.RequestView);
        if (typed.Json)
            Screen.PrintJson(after, ApiJson.Default.RequestView);
        var forMore = after.State == "waiting" ? " for more people" : "";
        Screen.Say(approves
            ? $"You approved {id}; it is {VisibleText.Of(after.State)}{forMore}."
            : $"You refused {id}.");
        return Exits.Ok;
    }

    // With whom a person has to sign in right before they approve; null where the realm asks for nothing of that.
    static SignInView? StepUp(ControlPlane plane)
    {
        try
        {
            var provider = plane.Get("/v1/sign-in", ApiJson.Default.SignInView, asPerson: false);
            return provider.StepUp ? provider : null;
        }
        // Where a sign-in is needed after all, the control plane refuses what comes without one.
        catch (CliFaultException e) when (
            e.Code is "person.no-provider" or "api.unknown" or "control-plane.not-understood")
        {
            return null;
        }
    }

    // The screen is drawn from the request, and the signature is over the digest: they have to be the same thing.
    static void RequireHonest(ClientSettings settings, RequestId id, RequestView view)
    {
        if (view.Request.Id != id || view.Realm != settings.Realm)
            throw Dishonest($"the control plane answered with another request or realm than {id} in {settings.Realm}");
        if (RequestRules.Digest(view.Request) != view.Digest)
            throw Dishonest($"the control plane's digest of {id} is not that of the command it shows");
        if (view.Request.Session != view.Session.Id || !IsDigest(view.Earlier)
            || (view.Verdict is { } verdict && !IsDigest(verdict.PolicyDigest)))
            throw Dishonest($"what the control plane says of {id} does not fit together");
    }

    static CliFaultException Dishonest(string what) =>
        CliFaultException.Error("cli.digest-mismatch", $"{what}, so nothing was signed; tell the realm's owners");

    static bool IsChange(string id) => id.StartsWith("change-", StringComparison.Ordinal);

    static string[] Row(InboxItem item, DateTimeOffset now) =>
    [
        item.Id, Moments.Left(item.ExpiresAt, now), item.Who, item.Where,
        (item.Kind == "held" ? $"{item.Title}; see: writ changes {item.Id}" : item.Title)
            + (item.Does is { Length: > 0 } does ? $"  [{does}]" : "")
            + (item.MayNot is null ? "" : $"  (not for you: {item.MayNot})"),
    ];
}
