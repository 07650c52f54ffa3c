using System.Collections.Immutable;
using System.Net;
using Writ.Server.Running;

namespace Writ.Server.Hosting;

/// <summary>Everything that can be chosen about a daemon, validated as a whole before anything is opened.</summary>
public sealed record WritdOptions
{
    public const string DefaultUrl = "http://127.0.0.1:7433";

    const string NoUids = "none";

    /// <summary>The data directory.</summary>
    public required string Data { get; init; }

    /// <summary>The Unix socket for agents.</summary>
    public required string Socket { get; init; }

    /// <summary>Where people are listened to; not loopback only with a certificate.</summary>
    public ImmutableArray<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>A PEM certificate chain for https URLs.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its PEM key.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>The launcher binary; null means the one beside the daemon.</summary>
    public string? Launcher { get; init; }

    /// <summary>The users that sessions get under root: <c>FIRST-LAST</c>, or <c>none</c>; null for the usual ones.
    /// </summary>
    public string? SessionUids { get; init; }

    /// <summary>The same, read; null where sessions get none.</summary>
    internal UidRange? SessionUidRange => SessionUids is null ? UidRange.Default
        : SessionUids == NoUids ? null : UidRange.TryParse(SessionUids);

    /// <summary>A control group of version 2 that is the daemon's to divide; null for the one it is started in.
    /// </summary>
    public string? ControlGroup { get; init; }

    /// <summary>Decide every recorded move again before starting.</summary>
    public bool VerifyOnStart { get; init; }

    /// <summary>Say only what somebody may have to do something about: warnings and errors.</summary>
    public bool Quiet { get; init; }

    /// <summary>Everything that is wrong, each in one sentence; empty when nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (Data.Length == 0)
            yield return "--data is empty.";
        // sun_path holds 108 bytes with its end.
        if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFullPath(Socket)) > 107)
            yield return $"--socket '{Socket}' is longer than the 107 bytes a Unix socket's path may have.";
        if (Urls.IsEmpty)
            yield return "--listen names no URL.";
        foreach (var url in Urls)
            if (FaultOf(url) is { } fault)
                yield return fault;
        if (SessionUids is not (null or NoUids) && SessionUidRange is null)
            yield return $"--session-uids '{SessionUids}' is neither none nor like {UidRange.Default}.";
        if (ControlGroup is not null && !(Path.IsPathFullyQualified(ControlGroup) && Directory.Exists(ControlGroup)))
            yield return $"--control-group '{ControlGroup}' is not the absolute path of a directory.";
        if (CertificateFile is null != CertificateKeyFile is null)
            yield return "--cert and --key go together.";
        foreach (var (name, path) in new[] { ("--cert", CertificateFile), ("--key", CertificateKeyFile),
            ("--launcher", Launcher) })
            if (path is not null && !File.Exists(path))
                yield return $"{name} '{path}' is not there.";
    }

    /// <summary>The address and port of a checked URL.</summary>
    internal static (IPAddress Address, int Port, bool Https) EndPointOf(string url)
    {
        var uri = new Uri(url);
        var address = uri.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(uri.Host.Trim('[', ']'));
        return (address, uri.Port, uri.Scheme == Uri.UriSchemeHttps);
    }

    string? FaultOf(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps || uri.PathAndQuery != "/")
            return $"--listen '{url}' is not like {DefaultUrl}.";
        if (uri.Host != "localhost" && !IPAddress.TryParse(uri.Host.Trim('[', ']'), out _))
            return $"--listen '{url}' needs an IP address, or localhost.";
        var (address, _, https) = EndPointOf(url);
        if (https && CertificateFile is null)
            return $"--listen '{url}' needs --cert and --key.";
        return IPAddress.IsLoopback(address) || https
            ? null
            : $"--listen '{url}' can be reached from other machines, so it has to be https with --cert and --key.";
    }
}
