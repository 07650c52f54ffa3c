using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Keys;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Cli.SigningIn;
using Writ.Ledger;
using Writ.People;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>Creating a realm, and how people come, log in and leave.</summary>
static class IdentityCommands
{
    static readonly TimeSpan _loginLife = TimeSpan.FromHours(12) - TimeSpan.FromMinutes(1);

    public static int Init(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var user = Plain(Environment.GetEnvironmentVariable("USER"), "founder");
        var founder = typed.Value("--founder") ?? settings.PersonOrNull?.Value ?? user;
        var name = typed.Value("--name") ?? Plain(Environment.MachineName, "realm");
        var start = new ProcessStartInfo(Daemon())
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "init", "--name", name,
                "--origin", typed.Value("--origin") ?? $"{Plain(Environment.MachineName, "localhost")}/writ",
                "--founder", founder, "--founder-name", typed.Value("--founder-name") ?? founder,
            },
        };
        if (typed.Value("--data") is { } data)
        {
            start.ArgumentList.Add("--data");
            start.ArgumentList.Add(data);
        }
        using var daemon = Process.Start(start)
            ?? throw CliFaultException.Error("cli.no-daemon", $"{start.FileName} cannot be started");
        var output = daemon.StandardOutput.ReadToEnd();
        daemon.WaitForExit();
        if (daemon.ExitCode != 0)
            return daemon.ExitCode;
        InceptionAnswer answer;
        try
        {
            answer = JsonSerializer.Deserialize(output, CliJson.Default.InceptionAnswer) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw CliFaultException.Error("cli.no-daemon", $"{start.FileName} did not say what it created");
        }
        if (typed.Json)
        {
            Screen.PrintJson(answer, CliJson.Default.InceptionAnswer);
            return Exits.Ok;
        }
        var page = new Page().Heading($"Realm {answer.Realm} exists. Its ledger is {answer.Origin}.");
        page.Field("ledger key", answer.LedgerKey).Field("founder", answer.Person.Value);
        page.Field("code", $"{answer.Code}  (once, until {Moments.Text(answer.ExpiresAt)})");
        page.Blank().Text("Next:").Text($"  writd{(typed.Value("--data") is { } d ? $" --data {d}" : "")} &");
        page.Text($"  writ enrol {answer.Person} --code {answer.Code}").Text("  writ login");
        page.Text("  writ apply -f DIR");
        Screen.Show(page, asMessage: false);
        return Exits.Ok;
    }

    public static int Enrol(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var person = typed.Id<PersonId>();
        var path = settings.KeyPath(person);
        if (File.Exists(path) && !typed.Has("--replace"))
            throw CliFaultException.Error(
                "key.exists", $"{path} exists; to enrol a new key in its place add --replace");
        var code = InvitationCode.Get(typed);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var realm = plane.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false);
        RequirePinned(settings, realm);
        var passphrase = Passphrase.GetNew(settings, $"for the key of {person} in {realm.Origin}");
        // It takes the place of the old key only when the realm has accepted it.
        var candidate = path + ".enrolling";
        using var key = DeviceKeyFile.Create(candidate, passphrase);
        var document = new EnrolmentDocument(realm.Origin, person, Signatures.Sha256(code), key.Spki);
        try
        {
            plane.Post("/v1/enrol", new EnrolRequest(person, code, key.Spki, key.Sign(document.Render())),
                ApiJson.Default.EnrolRequest, asPerson: false);
        }
        catch (CliFaultException e) when (e.Problem is not null)
        {
            File.Delete(candidate);
            throw;
        }
        File.Move(candidate, path, overwrite: true);
        // Several people may share a device; who came first is who acts when nobody is named.
        settings.Save(new ConfigFile(
            settings.Url, settings.File.Person ?? person.Value, realm.Origin, realm.LedgerKey));
        var answer = new Enrolled(person, realm.Origin, Signatures.KeyId(key.Spki), path, realm.LedgerKey);
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.Enrolled);
        else
            Screen.Show(new Page().Heading($"{person} is enrolled in {realm.Origin}.")
                .Field("key", $"{answer.KeyId} in {path}").Field("ledger key", realm.LedgerKey)
                .Text("Next: writ login"), asMessage: false);
        return Exits.Ok;
    }

    public static int LogIn(Typed typed)
    {
        var settings = new ClientSettings(typed);
        if (typed.Has("--provider"))
            return SignIn(typed, settings);
        var person = settings.Person;
        var realm = settings.Realm;
        using var plane = new ControlPlane(settings, TimeProvider.System);
        RequirePinned(settings, plane.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false));
        using var key = DeviceKeyFile.Open(
            settings.KeyPath(person), Passphrase.Get(settings, $"of {person} to log in to {realm}"));
        var now = Moments.Whole(TimeProvider.System.GetUtcNow());
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var document = new LoginDocument(
            realm, person, new LoginId(NewId("log")), Signatures.Sha256(token), now, now + _loginLife);
        plane.Post("/v1/logins",
            new LoginRequest(person, document.Login, document.TokenDigest, document.IssuedAt, document.ExpiresAt,
                key.Sign(document.Render())), ApiJson.Default.LoginRequest, asPerson: false);
        new LoginFile(document.Login.Value, token, document.ExpiresAt, settings.Url).Write(settings.LoginPath(person));
        if (typed.Json)
            Screen.PrintJson(Me(settings, person), CliJson.Default.WhoAmI);
        else
            Screen.Say($"{person} is logged in to {realm} until {Moments.Text(document.ExpiresAt)}.");
        return Exits.Ok;
    }

    static int SignIn(Typed typed, ClientSettings settings)
    {
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var realm = plane.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false);
        RequirePinned(settings, realm);
        var provider = plane.Get("/v1/sign-in", ApiJson.Default.SignInView, asPerson: false);
        var now = Moments.Whole(TimeProvider.System.GetUtcNow());
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var document = new SignInDocument(
            realm.Origin, new LoginId(NewId("log")), Signatures.Sha256(token), now, now + _loginLife);
        var idToken = ProviderSignIn.IdToken(provider, document.Nonce(), fresh: false);
        var person = plane.Post("/v1/logins/provider",
            new SignInRequest(document.Login, document.TokenDigest, document.IssuedAt, document.ExpiresAt, idToken),
            ApiJson.Default.SignInRequest, ApiJson.Default.SignInAnswer, asPerson: false).Person;
        new LoginFile(document.Login.Value, token, document.ExpiresAt, settings.Url).Write(settings.LoginPath(person));
        settings.Save(new ConfigFile(
            settings.Url, settings.File.Person ?? person.Value, realm.Origin, realm.LedgerKey));
        if (typed.Json)
            Screen.PrintJson(Me(settings, person), CliJson.Default.WhoAmI);
        else
            Screen.Say($"{person} is signed in to {realm.Origin} until {Moments.Text(document.ExpiresAt)}. To approve "
                + "you need a key of this device.");
        return Exits.Ok;
    }

    public static int LogOut(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var person = settings.Person;
        if (LoginFile.Read(settings.LoginPath(person)) is not { } login)
        {
            Screen.Say($"{person} is not logged in.");
            return Exits.Ok;
        }
        try
        {
            using var plane = new ControlPlane(settings, TimeProvider.System);
            plane.Delete($"/v1/logins/{login.Login}");
        }
        catch (CliFaultException e) when (e.Code is "person.unknown-login" or "person.not-logged-in")
        {
            Screen.Say("writ: the control plane no longer knows this login.");
        }
        File.Delete(settings.LoginPath(person));
        return Report(typed, new Done("logged out", login.Login), $"{person} is logged out.");
    }

    public static int Who(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var me = Me(settings, settings.Person);
        var now = TimeProvider.System.GetUtcNow();
        if (typed.Json)
            Screen.PrintJson(me, CliJson.Default.WhoAmI);
        else
            Screen.Show(new Page().Heading($"{me.Person} in {me.Realm}").Field("url", me.Url)
                .Field("key", me.KeyFile ?? "none on this device")
                .Field("login", me.ExpiresAt is { } until
                    ? $"{me.Login}, until {Moments.Text(until)} ({Moments.Left(until, now)})"
                    : "none"), asMessage: false);
        // So that a script can ask before it begins.
        return me.ExpiresAt > now ? Exits.Ok : Exits.Refused;
    }

    /// <summary>What anybody may know of the realm, also before they belong to it.</summary>
    public static int Realm(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var realm = plane.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false);
        if (typed.Json)
            Screen.PrintJson(realm, ApiJson.Default.RealmView);
        else
            Screen.Show(new Page().Heading($"{realm.Name} ({realm.Origin})").Field("ledger key", realm.LedgerKey)
                .Field("order key", realm.OrderKey).Field("policy", realm.PolicyDigest)
                .Field("production", realm.Production ? "declared" : "none"), asMessage: false);
        return Exits.Ok;
    }

    public static int Invite(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var answer = plane.Post("/v1/invitations", new InviteRequest(typed.Id<PersonId>()),
            ApiJson.Default.InviteRequest, ApiJson.Default.InviteAnswer);
        if (typed.Json)
            Screen.PrintJson(answer, ApiJson.Default.InviteAnswer);
        else
            Screen.Show(new Page()
                .Heading($"{answer.Person} can enrol once, until {Moments.Text(answer.ExpiresAt)}, with:")
                .Text($"  writ enrol {answer.Person} --code {answer.Code}"), asMessage: false);
        return Exits.Ok;
    }

    public static int Offboard(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var person = typed.Id<PersonId>();
        plane.Post($"/v1/people/{person}/offboard", new OffboardRequest(typed.Required("--reason")),
            ApiJson.Default.OffboardRequest);
        return Report(
            typed, new Done("offboarded", person.Value), $"{person} has left: key, logins and sessions have ended.");
    }

    /// <summary>An identifier of the client's own: prefix and 80 bits.</summary>
    public static string NewId(string prefix) =>
        $"{prefix}-{RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 16)}";

    public static int Report(Typed typed, Done done, string sentence)
    {
        if (typed.Json)
            Screen.PrintJson(done, CliJson.Default.Done);
        else
            Screen.Say(sentence);
        return Exits.Ok;
    }

    static WhoAmI Me(ClientSettings settings, PersonId person)
    {
        var login = LoginFile.Read(settings.LoginPath(person));
        var key = settings.KeyPath(person);
        return new WhoAmI(
            person, settings.Realm, settings.Url, File.Exists(key) ? key : null, login?.Login, login?.ExpiresAt);
    }

    // Trusted at the first enrolment; afterwards another realm or ledger at the same address is somebody else.
    static void RequirePinned(ClientSettings settings, RealmView realm)
    {
        if (settings.File.Realm is { } pinned && pinned != realm.Origin)
            throw CliFaultException.Error("cli.other-realm", $"{settings.Url} is realm {realm.Origin}, and "
                + $"{settings.ConfigPath} is for {pinned}; use another WRIT_CONFIG for another realm");
        if (settings.File.LedgerKey is { } key && key != realm.LedgerKey)
            throw CliFaultException.Error("cli.other-ledger", $"{settings.Url} shows another ledger key than the one "
                + $"in {settings.ConfigPath}; ask the realm's owners before you go on");
        if (!NoteVerifierKey.TryParse(realm.LedgerKey, out var parsed, out _) || parsed.Name != realm.Origin)
            throw CliFaultException.Error(
                "cli.other-ledger", $"{settings.Url} shows a ledger key that is not its realm's");
    }

    static string Daemon()
    {
        var beside = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/", "writd");
        if (File.Exists(beside))
            return beside;
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            if (folder.StartsWith('/') && File.Exists(Path.Combine(folder, "writd")))
                return Path.Combine(folder, "writd");
        throw CliFaultException.Error(
            "cli.no-daemon", "writd is neither beside writ nor in PATH; build it with: ./build.sh build");
    }

    static string Plain(string? text, string fallback)
    {
        var plain = new string([.. (text ?? "").ToLowerInvariant()
            .Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')]);
        return IdRules.IsWellFormed(plain) ? plain : fallback;
    }
}
