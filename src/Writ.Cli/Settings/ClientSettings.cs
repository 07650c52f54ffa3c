using System.Collections.Immutable;
using System.Text.Json;
using Writ.Cli.Arguments;

namespace Writ.Cli.Settings;

/// <summary>What config.json holds: where the realm is, who we are there, and the realm we enrolled with.</summary>
/// <param name="Realm">The realm's origin; all we sign names it, so another realm's server gets nothing of use.</param>
/// <param name="LedgerKey">The realm's ledger key (vkey) as it was at enrolment.</param>
sealed record ConfigFile(string? Url, string? Person, string? Realm, string? LedgerKey);

/// <summary>One value with the place it came from.</summary>
sealed record Setting(string Name, string? Value, string Origin);

/// <summary>The client's settings: flags before environment before config.json before defaults.</summary>
sealed class ClientSettings
{
    public const string DefaultUrl = "http://127.0.0.1:7433";

    const string None = "not set";

    readonly Setting _url;
    readonly Setting _person;
    readonly Setting _passphraseFile;

    public ClientSettings(Typed typed)
    {
        Folder = FolderOf(out var folderOrigin);
        ConfigPath = Path.Combine(Folder, "config.json");
        File = Read(ConfigPath);
        _url = Pick("url", typed.Value("--url"), "--url", "WRIT_URL", File.Url, DefaultUrl);
        _person = Pick("person", typed.Value("--as"), "--as", "WRIT_PERSON", File.Person, null);
        _passphraseFile = Pick(
            "passphraseFile", typed.Value("--passphrase-file"), "--passphrase-file", "WRIT_PASSPHRASE_FILE",
            configured: null, fallback: null);
        All =
        [
            new("folder", Folder, folderOrigin), _url, _person, _passphraseFile,
            new("realm", File.Realm, File.Realm is null ? None : ConfigPath),
            new("ledgerKey", File.LedgerKey, File.LedgerKey is null ? None : ConfigPath),
        ];
    }

    public string Folder { get; }

    public string ConfigPath { get; }

    public ConfigFile File { get; private set; }

    public ImmutableArray<Setting> All { get; }

    public string Url => _url.Value!;

    public string? PassphraseFile => _passphraseFile.Value;

    public PersonId? PersonOrNull => _person.Value is not { Length: > 0 } id ? null : IdRules.IsWellFormed(id)
        ? new PersonId(id)
        : throw CliFaultException.Usage($"'{id}' ({_person.Origin}) is not a person's identifier");

    public PersonId Person => PersonOrNull
        ?? throw CliFaultException.Usage(
            "nobody is named; use --as PERSON, or enrol first with: writ enrol PERSON --code CODE");

    /// <summary>The origin of the realm we enrolled with.</summary>
    public string Realm => File.Realm ?? throw CliFaultException.Error(
        "cli.not-enrolled", $"{ConfigPath} names no realm; enrol first with: writ enrol PERSON --code CODE");

    public string KeyPath(PersonId person) => Path.Combine(Folder, "keys", FileName(person) + ".key");

    public string LoginPath(PersonId person) => Path.Combine(Folder, "logins", FileName(person) + ".json");

    /// <summary>Writes config.json; what is null in the new one stays as it was.</summary>
    public void Save(ConfigFile changes)
    {
        File = new ConfigFile(
            changes.Url ?? File.Url, changes.Person ?? File.Person, changes.Realm ?? File.Realm,
            changes.LedgerKey ?? File.LedgerKey);
        PrivateFiles.Write(ConfigPath, JsonSerializer.SerializeToUtf8Bytes(File, CliJson.Default.ConfigFile));
    }

    // Identifiers may contain slashes; file names may not.
    static string FileName(PersonId person) => person.Value.Replace('/', '~');

    static Setting Pick(
        string name, string? flag, string flagName, string variable, string? configured, string? fallback) =>
        flag is { Length: > 0 } ? new Setting(name, flag, flagName)
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? new Setting(name, set, variable)
        : configured is { Length: > 0 } ? new Setting(name, configured, "config.json")
        : new Setting(name, fallback, fallback is null ? None : "default");

    static string FolderOf(out string origin)
    {
        origin = "WRIT_CONFIG";
        if (Environment.GetEnvironmentVariable(origin) is { Length: > 0 } named)
            return Path.GetFullPath(named);
        origin = "XDG_CONFIG_HOME";
        if (Environment.GetEnvironmentVariable(origin) is { Length: > 0 } xdg)
            return Path.Combine(Path.GetFullPath(xdg), "writ");
        origin = "default";
        return Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home
            ? Path.Combine(home, ".config", "writ")
            : throw CliFaultException.Error(
                "cli.no-home", "neither WRIT_CONFIG nor HOME is set, so there is no place for keys");
    }

    static ConfigFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(path), CliJson.Default.ConfigFile)
                ?? throw new JsonException("It holds no object.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ConfigFile(null, null, null, null);
        }
        catch (JsonException e)
        {
            throw CliFaultException.Error("cli.bad-config", $"{path} cannot be read: {e.Message}");
        }
    }
}
