using System.Collections.Immutable;
using System.Text;
using Writ.Assistants;
using Writ.Linux;
using Writ.Shell;

namespace Writ.Server.Assistants;

/// <summary>Reads the secrets that a workflow hands to its assistants. They stay in memory.</summary>
static class AssistantSecrets
{
    const int BytesMax = 8 * 1024;

    // rwx for group and others.
    const int ForOthers = 0x3F;

    static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The entries, or why there are none: never with anything of a content.</summary>
    /// <param name="ownFolder">The control plane's own data, whose keys nobody is to name here.</param>
    public static Refusal? Read(
        ImmutableArray<AssistantSecret> secrets, string ownFolder, out ImmutableArray<string> entries)
    {
        var read = ImmutableArray.CreateBuilder<string>();
        entries = [];
        foreach (var secret in secrets)
        {
            if (TryRead(secret.File, ownFolder, out var why) is not { } value)
                return new Refusal("assistant.secret", $"{secret.Name}: {VisibleText.Of(secret.File)} {why}.");
            read.Add($"{secret.Name}={value}");
        }
        entries = read.ToImmutable();
        return null;
    }

    static string? TryRead(string path, string ownFolder, out string why)
    {
        why = "is not there, or cannot be read by the control plane";
        if (Files.TryRealPath(path) is not { } real)
            return null;
        why = "goes through a symbolic link, or lies in the control plane's own data";
        if (real != path || Paths.IsWithin(ownFolder, real))
            return null;
        using var file = Files.TryOpenRead(path, out _);
        why = "is not there, or cannot be read by the control plane";
        if (file is null)
            return null;
        var facts = Files.Facts(file);
        why = "is no file that only the control plane's user may read (mode 0600)";
        if (!facts.IsRegular || (facts.Mode & ForOthers) != 0
            || (facts.OwnerUid != 0 && facts.OwnerUid != ThisProcess.EffectiveUid))
            return null;
        why = "is not one line of text";
        try
        {
            var text = _strict.GetString(file.ReadToEnd(BytesMax)).TrimEnd('\n', '\r');
            return text.Length == 0 || text.Any(char.IsControl) ? null : text;
        }
        catch (Exception fault) when (fault is DecoderFallbackException or LinuxFaultException)
        {
            return null;
        }
    }
}
