using System.Security.Cryptography;
using Writ.Realms;

namespace Writ.Server.Sequencer;

/// <summary>
/// What the sequencer refuses by itself, because the core could not be asked or its answer could not be written: the
/// clock went back, deciding failed, the entry has no place. The caller gets the refusal; the ledger gets a finding in
/// the move's stead, because what depends on a clock or on a bug could never be decided again by an auditor.
/// </summary>
sealed record SequencerFinding(Refusal Refusal, RealmMove.RaiseFinding Move)
{
    public const string Internal = "realm.internal";
    public const string TooLarge = "realm.entry-too-large";
    public const string ClockBackwards = "realm.clock-backwards";

    /// <summary>Unrecorded: the key is not one, and an entry is named by its key.</summary>
    public const string BadKey = "realm.bad-key";

    /// <summary>Unrecorded: the key belongs to a move of another kind, or of somebody else.</summary>
    public const string KeyReused = "realm.key-reused";

    /// <summary>Who raises these findings.</summary>
    public static Actor Raiser { get; } = new Actor.Host("sequencer");

    public static SequencerFinding DecidingFailed(Move move) => Of(Internal, $"Deciding {Kind(move)} failed.");

    public static SequencerFinding ClockWentBack(Move move, DateTimeOffset clock) =>
        Of(ClockBackwards, $"{Kind(move)} came when the clock said {clock:u}.");

    /// <param name="plain">The move as plain JSON, known from now on by its digest alone.</param>
    public static SequencerFinding DoesNotFit(Move move, ReadOnlySpan<byte> plain) =>
        Of(TooLarge, $"{Kind(move)} of {plain.Length} bytes, "
            + $"sha256:{Convert.ToHexStringLower(SHA256.HashData(plain))}.");

    /// <summary>The refusal a recorded finding stands for, or null when the entry is an ordinary one.</summary>
    public static Refusal? Read(Move move, Actor actor) =>
        actor is Actor.Host { Part: "sequencer" } && move is RealmMove.RaiseFinding raised
            ? new Refusal(raised.Finding.Code, Why(raised.Finding.Code))
            : null;

    static SequencerFinding Of(string code, string detail) => new(
        new Refusal(code, Why(code)), new RealmMove.RaiseFinding(new Finding(code, Session: null, detail)));

    static string Why(string code) => code switch
    {
        TooLarge => "What is asked does not fit a ledger entry of 65,535 bytes; make it smaller.",
        ClockBackwards => "The control plane's clock is behind the last entry; nothing is decided until it is right.",
        _ => "The control plane could not decide this, so it is blocked; its diagnostics say more.",
    };

    static string Kind(Move move) => $"{move.GetType().DeclaringType?.Name}.{move.GetType().Name}";
}
