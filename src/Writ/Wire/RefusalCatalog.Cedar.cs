namespace Writ.Wire;

/// <summary>What Cedar's schemas say: about themselves, about entities and requests, and about policies.</summary>
public static partial class RefusalCatalog
{
    static ImmutableArray<RefusalEntry> Schema => Parse("""
        cedar.schema.applies-to | An action lacks principals or resources | 422 | 2 | Name both, or leave appliesTo out for a group.
        cedar.schema.cycle | Types or actions are made of each other | 422 | 2 | Break the circle that is named.
        cedar.schema.duplicate | A declaration or attribute stands twice | 422 | 2 | Keep one.
        cedar.schema.enum | An enumeration has attributes or tags | 422 | 2 | Make it a plain entity type, or take them out.
        cedar.schema.hides-builtin | A name hides a builtin type | 200 | 0 | Rename it, or write __cedar:: before the builtin.
        cedar.schema.hides-entity-type | A common type hides an entity type | 200 | 0 | Rename one of the two.
        cedar.schema.name | A name that cannot be declared | 422 | 2 | Use identifiers joined by ::, and Action for actions.
        cedar.schema.not-expressible | The text format cannot say this | 422 | 1 | Keep the schema as JSON, or rename what is named.
        cedar.schema.not-record | A shape or context is no record | 422 | 2 | Write a record, or a common type that is one.
        cedar.schema.reserved | A reserved name is declared | 422 | 2 | Choose another name.
        cedar.schema.shadowing | A namespace hides a name without namespace | 422 | 2 | Rename one of the two, or move it.
        cedar.schema.type | A type that a schema cannot have | 422 | 2 | Use Bool, Long, String, a record, a set, an entity or an extension type.
        cedar.schema.undeclared | A name that is not declared | 422 | 2 | Declare it or correct the spelling.
        cedar.limit.schema | A schema is too large | 422 | 2 | Declare less, or nest less deeply.
        cedar.limit.validation | Validation is too large | 422 | 2 | Divide the policies or the schema.
        cedar.entity.action | An action is not as the schema declares it | 422 | 2 | Leave actions to the schema.
        cedar.entity.enum | An enumeration has no such id | 422 | 2 | Use one of the ids that the schema lists.
        cedar.entity.parent | An entity is in one that it cannot be in | 422 | 2 | Correct the parent, or the schema's `in`.
        cedar.entity.tag | An entity has tags and its type has none | 422 | 2 | Take them out, or declare tags.
        cedar.entity.type | An entity's type is not declared | 422 | 2 | Declare the type or correct the spelling.
        cedar.value.missing | A required attribute is missing | 422 | 2 | Give it, or make it optional in the schema.
        cedar.value.type | A value has another type than the schema says | 422 | 2 | Correct the value at the place that is named.
        cedar.value.unexpected | An attribute that the schema does not have | 422 | 2 | Take it out, or declare it.
        cedar.request.action | A request's action is not declared | 422 | 2 | Declare the action or correct the spelling.
        cedar.request.principal | The action is not for such principals | 422 | 2 | Ask for another action, or extend its appliesTo.
        cedar.request.resource | The action is not for such resources | 422 | 2 | Ask for another action, or extend its appliesTo.
        cedar.request.type | A type in a request is not declared | 422 | 2 | Declare the type or correct the spelling.
        """);

    static ImmutableArray<RefusalEntry> Validation => Parse("""
        cedar.validate.argument-count | A function has too few or too many arguments | 422 | 2 | Give as many as the message says.
        cedar.validate.argument-value | A text is no value of its type | 422 | 2 | Correct the text.
        cedar.validate.bidi-name | A name turns the direction of text | 200 | 0 | Look at it closely: it reads otherwise than it means.
        cedar.validate.bidi-string | A string turns the direction of text | 200 | 0 | Look at it closely: it reads otherwise than it means.
        cedar.validate.computed-constructor | An extension value is made of a computed text | 422 | 2 | Write the text out.
        cedar.validate.confusable-name | A name has an unusual character | 200 | 0 | Look at it closely: it may look like another.
        cedar.validate.empty-set | The empty set is written out | 422 | 2 | Use isEmpty(), or a set with an element.
        cedar.validate.impossible | A policy can never apply | 200 | 0 | Correct its scope or conditions, or remove it.
        cedar.validate.incompatible-types | Types have nothing in common | 422 | 2 | Compare values of one type.
        cedar.validate.level | A policy looks too far | 422 | 2 | Look into fewer entities in a row.
        cedar.validate.level-of-literal | A policy looks into an entity that it names | 422 | 2 | Start from principal, resource or context.
        cedar.validate.mixed-script-name | A name mixes scripts | 200 | 0 | Look at it closely: it may look like another.
        cedar.validate.mixed-script-string | A string mixes scripts | 200 | 0 | Look at it closely: it may look like another.
        cedar.validate.no-tags | Tags of an entity that has none | 422 | 2 | Declare tags, or use an attribute.
        cedar.validate.unapplied-action | No action fits the scope | 422 | 2 | Correct the scope, or the action's appliesTo.
        cedar.validate.unexpected-type | A value has another type than the operator takes | 422 | 2 | Use a value of the type that is named.
        cedar.validate.unguarded-attribute | An optional attribute is read unguarded | 422 | 2 | Ask with `has` first.
        cedar.validate.unguarded-tag | A tag is read unguarded | 422 | 2 | Ask with hasTag first.
        cedar.validate.unknown-action | A policy names an action that is not declared | 422 | 2 | Declare it or correct the spelling.
        cedar.validate.unknown-attribute | A policy reads an attribute that is not declared | 422 | 2 | Declare it or correct the spelling.
        cedar.validate.unknown-entity-type | A policy names a type that is not declared | 422 | 2 | Declare it or correct the spelling.
        cedar.validate.unknown-enum-entity | A policy names an id that the enumeration lacks | 422 | 2 | Use one of the ids that the schema lists.
        """);
}
