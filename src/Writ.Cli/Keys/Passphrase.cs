using System.Text;
using Writ.Cli.Screens;
using Writ.Cli.Settings;

namespace Writ.Cli.Keys;

/// <summary>Where a key's passphrase comes from: a file, or the terminal without echo; never an argument.</summary>
static class Passphrase
{
    const string What = "passphrase";

    /// <summary>The passphrase for one signature.</summary>
    /// <param name="purpose">What it is for, as the end of the sentence "Passphrase ...".</param>
    public static string Get(ClientSettings settings, string purpose)
    {
        if (settings.PassphraseFile is { } file)
            return FromFile(file);
        RequireTerminal();
        return SecretPrompt.Ask($"Passphrase {purpose}: ", What);
    }

    /// <summary>A new passphrase, typed twice.</summary>
    public static string GetNew(ClientSettings settings, string purpose)
    {
        if (settings.PassphraseFile is { } file)
            return FromFile(file);
        RequireTerminal();
        var first = SecretPrompt.Ask(
            $"New passphrase {purpose} (at least {DeviceKeyFile.PassphraseMin} characters): ", What);
        return SecretPrompt.Ask("The same again: ", What) == first
            ? first
            : throw CliFaultException.Error(
                "key.passphrases-differ", "the two passphrases differ; nothing was changed");
    }

    static void RequireTerminal()
    {
        if (!Screen.IsInteractive)
            throw CliFaultException.Usage(
                "there is no terminal to ask for the passphrase; use --passphrase-file FILE or WRIT_PASSPHRASE_FILE");
    }

    static string FromFile(string path)
    {
        try
        {
            if (PrivateFiles.IsOpenToOthers(path))
                Screen.Say($"writ: {path} can be read by others; chmod 600 it [key.passphrase-readable]");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[SecretPrompt.BytesMax + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = count > SecretPrompt.BytesMax
                ? ""
                : Encoding.UTF8.GetString(bytes, 0, count).Split('\n')[0].TrimEnd('\r');
            return text.Length > 0
                ? text
                : throw CliFaultException.Error(
                    "key.bad-passphrase-file", $"{path} has no passphrase on its first line");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliFaultException.Error("key.bad-passphrase-file", $"{path} cannot be read: {e.Message}");
        }
    }
}
