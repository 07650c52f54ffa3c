using System.Collections.Immutable;
using Writ.Changes;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Keys;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.People;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>Declaring the realm from files, and agreeing to what somebody else declared.</summary>
static class ChangeCommands
{
    public static int Apply(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var files = Files(typed.Required("--file"));
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var preview = plane.Post("/v1/changes/preview", new PreviewRequest(files),
            ApiJson.Default.PreviewRequest, ApiJson.Default.Preview);
        return Propose(typed, settings, plane, preview);
    }

    /// <summary>Shows what a preview says, asks, signs and proposes: the one way in for any change.</summary>
    public static int Propose(Typed typed, ClientSettings settings, ControlPlane plane, Preview preview)
    {
        if (!preview.Faults.IsEmpty)
            return Faulty(typed, preview);
        var compared = ComparedDocuments.Of(plane, preview.DocumentText, preview.DocumentDigest);
        var nothing = compared.Differences.IsEmpty;
        if (typed.Has("--dry-run") || nothing)
        {
            if (typed.Json)
                Screen.PrintJson(preview, ApiJson.Default.Preview);
            else
                Screen.Show(Difference(preview, compared), asMessage: false);
            return Exits.Ok;
        }
        // What is found is the answer; what is asked and said about it is not.
        Screen.Show(Difference(preview, compared), asMessage: typed.Json);
        PolicyScreen.RequireSound(preview.Evidence);
        if (Screen.IsInteractive && !typed.Has("--yes") && !Screen.Agrees("Propose this change?"))
            throw CliFaultException.Error("cli.cancelled", "nothing was proposed");

        var person = settings.Person;
        var reason = typed.Value("--reason") ?? "";
        var change = new ChangeId(IdentityCommands.NewId("change"));
        PolicyReach? reach = preview.Evidence is null ? null
            : typed.Has("--mandatory") ? PolicyReach.AllSessions : PolicyReach.NewSessions;
        var document = new ChangeDocument(
            settings.Realm, change, preview.DocumentDigest, person, "propose", reason, reach,
            preview.Evidence?.Digest());
        using var key = DeviceKeyFile.Open(
            settings.KeyPath(person), Passphrase.Get(settings, $"of {person} to propose {change}"));
        var view = plane.Post("/v1/changes",
            new ProposeRequest(
                change, preview.DocumentText, reason, key.Sign(document.Render()), reach, preview.Evidence),
            ApiJson.Default.ProposeRequest, ApiJson.Default.ChangeView);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.ChangeView);
        var sentence = view.State == "pending"
            ? $"Change {view.Id} waits for a second person, who runs: writ approve {view.Id}"
            : $"Change {view.Id}: {VisibleText.Of(view.State)}.";
        if (typed.Json)
            Screen.Say(sentence);
        else
            Screen.Print(sentence);
        return view.State == "pending" ? Exits.Pending : Exits.Ok;
    }

    /// <summary>Approves or refuses a change; the digest that is signed is the one on the screen.</summary>
    public static int Review(Typed typed, ControlPlane plane, ClientSettings settings, ChangeId id, bool approves)
    {
        var view = plane.Get($"/v1/changes/{id}", ApiJson.Default.ChangeView);
        if (view.Id != id || view.DocumentDigest is not { } digest || !ApprovalCommands.IsDigest(digest))
            throw CliFaultException.Error(
                "change.not-pending", $"change {id} is {view.State}; there is nothing to sign");
        var reason = ApprovalCommands.Reason(typed, approves);
        ApprovalCommands.RequireNamed(typed, digest, approves);
        var compared = ComparedDocuments.Of(plane, view.DocumentText, digest);
        // What counts is what is found now; what its author saw is one look away, in writ show.
        var shown = ChangeScreen.Of(view with { Evidence = null }, compared, TimeProvider.System.GetUtcNow());
        Screen.Show(shown, asMessage: true);
        var evidence = approves && compared.NextPolicyDigest is { } policy ? Evidence(settings, view, policy) : null;
        ApprovalCommands.AskOnce(settings, id.Value, approves);
        var person = settings.Person;
        var word = approves ? "approve" : "refuse";
        var document = new ChangeDocument(
            settings.Realm, id, digest, person, word, reason, view.Reach, evidence?.Digest());
        using var key = DeviceKeyFile.Open(
            settings.KeyPath(person), Passphrase.Get(settings, $"of {person} to {word} {id}"));
        var after = plane.Post($"/v1/changes/{id}/review",
            new ReviewRequest(approves, reason, key.Sign(document.Render()), evidence),
            ApiJson.Default.ReviewRequest, ApiJson.Default.ChangeView);
        if (typed.Json)
            Screen.PrintJson(after, ApiJson.Default.ChangeView);
        Screen.Say($"You {(approves ? "approved" : "refused")} change {id}; it is {VisibleText.Of(after.State)}.");
        return Exits.Ok;
    }

    // What the reviewer signs is what is on this screen, as the control plane finds it now.
    static PolicyEvidence Evidence(ClientSettings settings, ChangeView view, string policy)
    {
        var evidence = LongWait.ForVerdicts(settings, policy, plane => plane.Get(
            $"/v1/changes/{view.Id}/evidence", ApiJson.Default.PolicyEvidence));
        if (!evidence.IsWhole() || evidence.PolicyDigest != policy)
            throw CliFaultException.Error("cli.digest-mismatch", "the evidence is about another bundle than the "
                + "change, so nothing was signed; tell the realm's owners");
        var page = new Page().Blank().Heading("What it would do, as the control plane finds it now:");
        PolicyScreen.Evidence(page, evidence);
        Screen.Show(page, asMessage: true);
        PolicyScreen.RequireSound(evidence);
        return evidence;
    }

    static int Faulty(Typed typed, Preview preview)
    {
        if (typed.Json)
            Screen.PrintJson(preview, ApiJson.Default.Preview);
        foreach (var fault in preview.Faults)
            Screen.Say(VisibleText.Of($"{fault.Path}: {fault.Why} [{fault.Code}]"));
        return Exits.Error;
    }

    static Page Difference(Preview preview, ComparedDocuments compared)
    {
        var page = new Page();
        if (compared.Differences.IsEmpty)
            return page.Text("Nothing to change: the realm is as these files say.");
        ChangeScreen.Differences(page, compared);
        if (preview.Evidence is { } evidence)
        {
            page.Blank().Heading("What the new policy would do:");
            PolicyScreen.Evidence(page, evidence);
        }
        var guarded = compared.Differences.Count(d => d.Guarded);
        page.Blank().Heading(
            $"Differences: {compared.Differences.Length}; {guarded} of accountability or policy, "
            + $"in {compared.PolicyTexts.Length} policy files.");
        foreach (var workflow in preview.UntestedRollbacks ?? [])
            page.Warning($"The rollback of workflow {workflow} is untested: no run of this command has ended well.");
        page.Text(preview.NeedsSecondPerson
            ? "A second person of the governing team has to approve it."
            : "It applies at once; no second person is needed.");
        return page;
    }

    static ImmutableArray<SourceFile> Files(string folder)
    {
        if (!Directory.Exists(folder))
            throw CliFaultException.Usage($"{folder} is not a directory");
        var root = Path.GetFullPath(folder);
        var paths = Directory.EnumerateFiles(root, "*.yaml").Concat(Directory.EnumerateFiles(root, "*.yml"))
            .Concat(Directory.EnumerateFiles(root, "*.cedar"))
            .Concat(BundleFiles.Under(Path.Combine(root, "policies")))
            .Concat(BundleFiles.Under(Path.Combine(root, "knowledge")));
        var files = BundleFiles.Read(root, paths, "");
        return files.Length > 0
            ? files
            : throw CliFaultException.Error("cli.no-files", $"{folder} holds neither *.yaml nor *.cedar files");
    }
}
