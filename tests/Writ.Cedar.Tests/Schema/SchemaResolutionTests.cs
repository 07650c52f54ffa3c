namespace Writ.Cedar.Tests.Schema;

/// <summary>What names mean in a schema (RFC 24, RFC 70), and what cannot be resolved.</summary>
public sealed class SchemaResolutionTests
{
    [Theory]
    [InlineData("entity X { x: Long };", "Long")]
    [InlineData("entity X { x: __cedar::Long };", "Long")]
    [InlineData("entity X { x: ipaddr };", "ipaddr")]
    [InlineData("entity X { x: X };", "X")]
    [InlineData("type T = Set<{a: X, b?: decimal}>; entity X { x: T };", "Set<{a: X, b?: decimal}>")]
    [InlineData("entity Long; entity X { x: Long };", "Long entity")]
    [InlineData("entity Long; entity X { x: __cedar::Long };", "Long")]
    [InlineData("type ipaddr = String; entity X { x: ipaddr };", "String")]
    [InlineData("type ipaddr = String; entity X { x: __cedar::ipaddr };", "ipaddr")]
    [InlineData("entity A; type A = String; entity X { x: A };", "String")]
    [InlineData("action a; entity X { x: Action };", "Action")]
    [InlineData("type Action = Long; action a; entity X { x: Action };", "Long")]
    [InlineData("namespace N { entity A; entity X { x: A }; }", "N::A")]
    [InlineData("entity A; namespace N { entity X { x: A }; }", "A")]
    [InlineData("type A = Bool; namespace N { entity X { x: A }; }", "Bool")]
    [InlineData("namespace N { entity Long; entity X { x: Long }; }", "N::Long entity")]
    [InlineData("namespace N { type A = Set<B>; entity B; } namespace M { entity X { x: N::A }; }", "Set<N::B>")]
    [InlineData("namespace N { action a; entity X { x: Action }; } action b;", "N::Action")]
    [InlineData("namespace N { entity X { x: Action }; } action b;", "Action")]
    [InlineData("namespace N::M { entity A; entity X { x: A, y: N::M::A }; }", "N::M::A")]
    public void A_name_means_what_is_nearest(string text, string type)
    {
        var schema = CedarSchema.ParseText(text).Value;
        var declared = schema.EntityTypes.Single(candidate => candidate.Name.EndsWith('X'));
        var found = declared.Shape.Find("x")!.Type;
        Assert.Equal(type, found is CedarType.Entity && type.EndsWith(" entity") ? $"{found} entity" : $"{found}");
    }

    [Theory]
    [InlineData("""entity A { a: Foo };""", """1:15: expected a declared entity type or common type, found 'Foo' [cedar.schema.undeclared]""")]
    [InlineData("""entity A { a: Foo::Bar };""", """1:15: expected a declared entity type or common type, found 'Foo::Bar' [cedar.schema.undeclared]""")]
    [InlineData("""entity A { a: __cedar::foo };""", """1:15: expected a declared entity type or common type, found '__cedar::foo' [cedar.schema.undeclared]""")]
    [InlineData("""entity A { a: Action };""", """1:15: expected a declared entity type or common type, found 'Action' [cedar.schema.undeclared]""")]
    [InlineData("entity A in [Q];", "1:14: expected a declared entity type, found 'Q' [cedar.schema.undeclared]")]
    [InlineData("""type T = A; entity A; entity B in [T];""", """1:36: expected a declared entity type, found 'T' [cedar.schema.undeclared]""")]
    [InlineData("""action a; entity B in [Action];""", """1:24: expected a declared entity type, found 'Action' [cedar.schema.undeclared]""")]
    [InlineData("""action a appliesTo { principal: Action, resource: Action };""", """1:33: expected a declared entity type, found 'Action' [cedar.schema.undeclared]""")]
    [InlineData("""entity A; type T = A; action a appliesTo { principal: T, resource: A };""", """1:55: expected a declared entity type, found 'T' [cedar.schema.undeclared]""")]
    [InlineData("""entity A; action a appliesTo { principal: A, resource: A, context: A };""", """1:68: expected a declared common type, found 'A' [cedar.schema.undeclared]""")]
    [InlineData("""entity A; action a appliesTo { principal: A, resource: A, context: Long };""", """1:68: expected a record as the context, found Long [cedar.schema.not-record]""")]
    [InlineData("""entity F; action b in F::"x";""", """1:23: expected a declared action, found F::"x" [cedar.schema.undeclared]""")]
    [InlineData("action a in [b];", "1:14: expected a declared action, found Action::\"b\" [cedar.schema.undeclared]")]
    [InlineData("""action a in [a];""", """1:8: expected actions without a cycle, found Action::"a" in itself [cedar.schema.cycle]""")]
    [InlineData("""action a in [b]; action b in [a];""", """1:8: expected actions without a cycle, found Action::"a" in itself [cedar.schema.cycle]""")]
    [InlineData("""type A = {a: A};""", """1:6: expected common types without a cycle, found 'A' -> 'A' [cedar.schema.cycle]""")]
    [InlineData("""type A = B; type B = Set<C>; type C = {b: B};""", """1:18: expected common types without a cycle, found 'B' -> 'C' -> 'B' [cedar.schema.cycle]""")]
    [InlineData("""entity A; namespace N { entity A; }""", """1:32: expected a name that does not hide 'A', found 'N::A' [cedar.schema.shadowing]""")]
    [InlineData("""type A = Long; namespace N { entity A; }""", """1:37: expected a name that does not hide 'A', found 'N::A' [cedar.schema.shadowing]""")]
    [InlineData("""entity A; namespace N { type A = Long; }""", """1:30: expected a name that does not hide 'A', found 'N::A' [cedar.schema.shadowing]""")]
    [InlineData("""action a; namespace N { action a; }""", """1:32: expected a name that does not hide Action::"a", found N::Action::"a" [cedar.schema.shadowing]""")]
    public void What_cannot_be_resolved_is_refused_where_it_stands(string text, string error)
    {
        var errors = CedarSchema.ParseText(text).Errors;
        Assert.Equal(error, errors[0].ToString());
        Assert.NotNull(errors[0].Excerpt);
    }

    [Fact]
    public void Entity_types_may_be_in_each_other_and_actions_get_all_that_they_are_in()
    {
        var schema = CedarSchema.ParseText(
            """
            entity Folder in [Folder];
            entity A in [B]; entity B in [A];
            action a in [b]; action b in [c, c]; action c;
            namespace N { action d in [a, Action::"c"] appliesTo { principal: [A, A], resource: B }; }
            """).Value;
        Assert.True(schema.IsTypeIn("A", "B") && schema.IsTypeIn("B", "A"));
        Assert.Equal(["Folder"], schema.AncestorsOf("Folder"));
        Assert.True(schema.TryGetAction(Given.Uid("N::Action::\"d\""), out var action));
        Assert.Equal(["Action::\"a\"", "Action::\"c\""], action.Groups.Select(group => group.ToString()));
        Assert.Equal(3, schema.AncestorsOf(action.Uid).Count());
        Assert.Equal(["A"], action.PrincipalTypes);
    }

    [Fact]
    public void Several_documents_make_one_schema()
    {
        var one = SchemaDocument.ParseText("namespace N { entity A in [B]; }", "one").Value;
        var two = SchemaDocument.ParseText("namespace N { entity B; type T = A; }", "two").Value;
        Assert.Equal(["N::A", "N::B"], SchemaDocument.Resolve(one, two).Value.EntityTypes.Select(type => type.Name));
        Assert.False(one.Resolve().Succeeded);
        var again = SchemaDocument.ParseText("namespace N { entity B; }", "three").Value;
        Assert.Equal(
            "three:1:22: expected each declaration once, found 'N::B' again [cedar.schema.duplicate]",
            SchemaDocument.Resolve(one, two, again).Errors[0].ToString());
    }

    [Theory]
    [InlineData("""entity A; type A = Long;""", """1:16: expected a common type with a name of its own, found 'A', which is also an entity type [cedar.schema.hides-entity-type]""")]
    [InlineData("""type ipaddr = Long;""", """1:6: expected a name that no builtin type has, found 'ipaddr'; the builtin type is now only '__cedar::ipaddr' [cedar.schema.hides-builtin]""")]
    [InlineData("""namespace N { entity Bool; }""", """1:22: expected a name that no builtin type has, found 'Bool'; the builtin type is now only '__cedar::Bool' [cedar.schema.hides-builtin]""")]
    public void A_name_that_hides_another_is_warned_about(string text, string warning)
    {
        var document = SchemaDocument.ParseText(text).Value;
        Assert.True(document.Resolve().Succeeded);
        Assert.Equal(warning, Assert.Single(document.Warnings).ToString());
    }
}
