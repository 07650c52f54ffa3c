using Microsoft.Extensions.Logging.Abstractions;
using Writ.Ledger;
using Writ.People;
using Writ.Realms;
using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>What a new realm is told.</summary>
public sealed record InceptionOrder(string Name, string Origin, PersonId Founder, string FounderName);

/// <summary>What the one who created a realm is told, once; the code is nowhere else.</summary>
public sealed record InceptionAnswer(
    string Realm, string Origin, PersonId Person, string Code, DateTimeOffset ExpiresAt, string LedgerKey,
        string OrderKey);

/// <summary>
/// The birth of a realm: keys, an empty ledger with its first signed checkpoint, and the entry that creates it. Asked
/// again after a crash in between it goes on; asked where a realm stands it refuses.
/// </summary>
public static class Inception
{
    public static readonly TimeSpan CodeLife = TimeSpan.FromDays(3);

    const string Key = "inception";

    public static async Task<(InceptionAnswer? Answer, Refusal? Refusal)> Create(
        string dataPath, InceptionOrder order, TimeProvider time, IdSource ids)
    {
        var code = ids.NewCode();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var move = new RealmMove.Create(
            order.Name, order.Origin, new Person(order.Founder, order.FounderName, Email: null),
            Signatures.Sha256(code), now + CodeLife);
        var host = new Actor.Host(Key);
        // Asked before anything is made, so that a typing error leaves nothing behind.
        if (RealmDecider.Decide(RealmState.None, move, host, now) is Decided.Refused unfit)
            return (null, unfit.Refusal);

        var directory = DataDirectory.Create(dataPath);
        if (!File.Exists(directory.LedgerFile))
        {
            using var keys = KeyRing.Create(directory, order.Origin);
            var empty = new MerkleFrontier();
            SqliteLedgerStore.Create(directory, new LedgerHead(
                0, empty.Root().ToArray(), keys.SignCheckpoint(0, empty.Root()), empty.Save()));
        }
        await using var realm = OpenRealm.Open(directory, time, NullLogger.Instance, new RealmActorSettings());
        if (realm.Store.Head.Size > 0 || realm.Keys.Origin != order.Origin)
        {
            throw new LedgerFaultException(
                StorageCodes.Exists, $"'{directory.Root}' holds the ledger of '{realm.Keys.Origin}' already.");
        }
        var answer = await realm.Actor.Submit(move, host, Key, CancellationToken.None);
        return answer.Decided is Decided.Refused refused
            ? (null, refused.Refusal)
            : (new InceptionAnswer(order.Name, order.Origin, order.Founder, code, move.CodeExpiresAt,
                realm.Keys.Log.VkeyText, realm.Keys.Orders.VkeyText), null);
    }
}
