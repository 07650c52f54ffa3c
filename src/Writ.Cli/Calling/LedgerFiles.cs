using System.Diagnostics.CodeAnalysis;
using Writ.Cli.Settings;
using Writ.Ledger;
using Writ.Linux;

namespace Writ.Cli.Calling;

/// <summary>A published ledger: a directory with a copy of it, or the control plane's own publication.</summary>
sealed class LedgerFiles
{
    const long FileBytesMax = 64 * 1024 * 1024;

    readonly Dictionary<string, byte[]?> _seen = new(StringComparer.Ordinal);
    readonly Func<string, byte[]?> _read;
    readonly string _place;

    LedgerFiles(string place, Func<string, byte[]?> read) => (_place, _read) = (place, read);

    /// <summary>A copy on disk; a data directory is taken for the ledger inside it.</summary>
    public static LedgerFiles In(string folder)
    {
        var root = File.Exists(Path.Combine(folder, Tiles.CheckpointPath)) ? folder : Path.Combine(folder, "tiles");
        if (!Directory.Exists(folder))
            throw CliFaultException.Usage($"{folder} is not a directory");
        return new LedgerFiles(folder, path => FromDisk(Path.Combine(root, path)));
    }

    /// <summary>The folder or address, for messages.</summary>
    public string Place => _place;

    public static LedgerFiles Of(ControlPlane plane, string url) => new(url, plane.Tile);

    /// <summary>Reads one file and keeps nothing: for whoever reads everything once.</summary>
    public byte[]? Read(string path) => _read(path);

    /// <summary>The head that the key signed; what is read afterwards belongs to it and to no later one.</summary>
    public Checkpoint Head(NoteVerifierKey key, out byte[] file)
    {
        file = Read(Tiles.CheckpointPath)
            ?? throw CliFaultException.Error("ledger.malformed", $"{_place} has no ledger: there is no checkpoint");
        return Checkpoint.TryOpen(file, key, Ed25519.Verify, out var head, out var fault)
            ? head
            : throw CliFaultException.Error(fault.Code, $"{_place}: {fault.Why}");
    }

    /// <summary>One entry, shown by a proof to be under the head.</summary>
    public ReadOnlyMemory<byte> Entry(Checkpoint head, long index, out MerkleHash[] proof)
    {
        if (index < 0 || index >= head.Size)
            throw CliFaultException.Error("ledger.no-such-entry", $"the ledger has entries 0 to {head.Size - 1}");
        var tiles = new TileReader(head.Size, Kept);
        try
        {
            ReadOnlyMemory<byte> rest = tiles.Tile(TilePath.EntriesLevel, index / Tiles.Width).ToArray();
            ReadOnlyMemory<byte> entry = default;
            for (var i = 0; i <= index % Tiles.Width; i++)
                if (!EntryBundle.TryTake(ref rest, out entry))
                    throw new InvalidDataException("the bundle is cut short");
            proof = MerkleTree.InclusionProof(index, head.Size, tiles.Node);
            return MerkleTree.VerifyInclusion(MerkleTree.LeafHash(entry.Span), index, head.Size, proof, head.Root)
                ? entry
                : throw CliFaultException.Error(
                    "ledger.entry-corrupt", $"entry {index} of {_place} is not the one that the signed head covers");
        }
        catch (InvalidDataException e)
        {
            throw CliFaultException.Error("ledger.tile-corrupt", $"{_place}: {e.Message}");
        }
    }

    /// <summary>The ledger's key: as typed, or as it was when this person enrolled.</summary>
    public static NoteVerifierKey Key(ClientSettings settings, string? typed)
    {
        var text = typed is null ? settings.File.LedgerKey
            : File.Exists(typed) ? File.ReadAllText(typed).Trim()
            : typed;
        if (text is null)
            throw CliFaultException.Usage(
                "whose ledger it should be is not known here; name its key with --key VKEY or --key FILE");
        return TryKey(text, out var key, out var why) ? key : throw CliFaultException.Usage($"--key: {why}");
    }

    static bool TryKey(string text, [NotNullWhen(true)] out NoteVerifierKey? key, out string why)
    {
        var ok = NoteVerifierKey.TryParse(text, out key, out var fault);
        why = fault?.Why ?? "";
        return ok;
    }

    byte[]? Kept(string path)
    {
        if (!_seen.TryGetValue(path, out var bytes))
            _seen.Add(path, bytes = _read(path));
        return bytes;
    }

    static byte[]? FromDisk(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        return file.Length <= FileBytesMax
            ? File.ReadAllBytes(path)
            : throw CliFaultException.Error("ledger.malformed", $"{path} is larger than any file of a ledger");
    }
}
